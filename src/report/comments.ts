/** Comments that are written once: why a changeset failed, what landed, what is wrong with a manifest. */
import type { ChangesetId, Failure, LogReference, Outcome, PinnedMember } from '../changeset.ts';
import { changesetLabel, changesetWorkflowId } from '../changeset.ts';
import type { Finding } from '../landing/state.ts';
import type { Problem } from '../manifest/problem.ts';
import { type Links, logLink, workflowLink } from './links.ts';
import { RESOLVE_MEANS, resolveCommands } from './operator.ts';
import { failureSentence, outcomeSentence } from './phases.ts';
import { beginning, capital, code, cut, fenced, inline, NAMED, plain } from './text.ts';

export function failureMarker(name: string, attempt: string): string {
  return `<!-- lockstep ${name}:${attempt}:failure -->`;
}

export function landedMarker(id: ChangesetId): string {
  return `<!-- lockstep ${changesetLabel(id)}:landed -->`;
}

/** On a member branch's own pull request. */
export function landedComment(about: {
  id: ChangesetId;
  member: PinnedMember;
  members: PinnedMember[];
  url: string;
}): string {
  const { id, member, members, url } = about;
  const others = members.filter((one) => one.repository !== member.repository);
  const together = others.map((one) => `${one.repository} ${code(one.candidate.slice(0, 7))}`);
  const withWhat = together.length === 0 ? '' : `, together with ${together.join(', ')}`;
  return [
    landedMarker(id),
    `✅ Landed on main as ${code(member.candidate)}${withWhat}, as ${code(id.name)} of [${id.coordinator}#${id.pullRequest}](${url}).`,
  ].join('\n');
}

export const INVALID_MARKER = '<!-- lockstep :invalid -->';

type Failed = Extract<Outcome, { kind: 'failed' | 'rolledBack' }>;

/** The failing command first, the log's end, where the whole of it is, and whom it concerns. */
export function failureComment(about: {
  id: ChangesetId;
  outcome: Failed;
  attempt: string;
  mention?: string;
  links: Links;
}): string {
  const { id, outcome, attempt, links, mention } = about;
  const log = outcome.kind === 'failed' ? logOf(outcome.reason) : undefined;
  const parts = [
    failureMarker(id.name, attempt),
    `### ${outcome.kind === 'failed' ? '❌' : '↩️'} ${id.name} ${outcome.kind === 'failed' ? 'failed' : 'was rolled back'}`,
    '',
    whatHappened(outcome),
    ...(log ? logParts(log, links) : []),
    '',
    meaning(outcome),
    '',
    `**What you can do** Mend it on its branches and push them; then remove the \`status: failed\` line of ${code(id.name)} in the manifest, in a new pull request, to try it again.`,
    ...(mention === undefined ? [] : ['', mention]),
    ...linkLine(id, links),
  ];
  return parts.join('\n');
}

function whatHappened(outcome: Failed): string {
  if (outcome.kind === 'failed') return capital(inline(failureSentence(outcome.reason)));
  const back = outcome.reverted.map((tip) => `${tip.repository} ${code(tip.commit.slice(0, 7))}`);
  const reverted = back.length > 0 ? ` It was taken back by these revert commits: ${back.join(', ')}.` : '';
  return `${capital(inline(outcome.reason))}.${reverted}`;
}

function meaning(outcome: Failed): string {
  return outcome.kind === 'failed'
    ? 'Lockstep has left nothing of it on any main. The other changesets of this pull request go on.'
    : 'Nothing that Lockstep had landed of it is left on any main. The other changesets of this pull request go on.';
}

function logOf(reason: Failure): LogReference | undefined {
  return reason.kind === 'tests' ? reason.result.log : undefined;
}

function logParts(log: LogReference, links: Links): string[] {
  const link = logLink(links, log.id);
  const whole = link === undefined ? '' : ` · [the whole log](${link})`;
  const command =
    log.failingCommand === undefined
      ? []
      : ['', 'The command that failed:', fenced(beginning(log.failingCommand, 2_000))];
  return [...command, '', `The end of its output${whole}:`, fenced(cut(log.tail, 20_000))];
}

/** Each takes at most 1,700 characters once it is escaped: together they stay below what GitHub takes. */
const PROBLEMS_SHOWN = 30;

function wordsOf({ where, message }: Problem): string {
  return where === '' ? message : `${where}: ${message}`;
}

export function invalidComment(problems: Problem[], manifestAt: string): string {
  const lines = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(
      (problem) =>
        `- ${code(beginning(`${problem.path}:${problem.line}:${problem.column}`, 120))} ${inline(wordsOf(problem), 300)}`,
    );
  const more = problems.length > PROBLEMS_SHOWN ? [`- and ${problems.length - PROBLEMS_SHOWN} more`] : [];
  return [
    INVALID_MARKER,
    `### ❌ This manifest cannot be run: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`,
    '',
    ...lines,
    ...more,
    '',
    `Nothing was tested and nothing landed. **What you can do** Mend the ${problems.length === 1 ? 'problem' : 'problems'} and push to this branch: the new commit is read at once. (Read at ${code(manifestAt.slice(0, 7))}.)`,
  ].join('\n');
}

/** What replaces the comment once the manifest is valid. */
export function validAgainComment(): string {
  return [
    INVALID_MARKER,
    '### ✅ The manifest is valid now',
    '',
    'Its problems of before are mended; the comment below shows how it goes on.',
  ].join('\n');
}

/** What the team is told of. `waiting`: GitHub does not answer in the middle of a landing. */
export type News =
  | Outcome
  | { kind: 'operator'; reason: string; findings?: Finding[]; call?: number }
  | { kind: 'waiting'; sentence: string };

const GOES_ON =
  'It goes on by itself once GitHub answers; until then nothing else lands in its repositories. If GitHub is well (https://www.githubstatus.com), look at the worker’s log.';

/** For the team's channel: what, where, why. Of an operator also what stands where, and the commands. */
export function notification(id: ChangesetId, what: News, { url, links = {} }: { url: string; links?: Links }): string {
  const title = `*${id.name}* (<${url}|${id.coordinator}#${id.pullRequest}>)`;
  if (what.kind === 'operator') return `:rotating_light: ${title} needs an operator\n${operatorNews(id, what, links)}`;
  if (what.kind === 'waiting') return `:hourglass: ${title} waits\n${slack(what.sentence)} ${GOES_ON}`;
  return `:x: ${title} did not land\n${slack(outcomeSentence(what))}`;
}

/** `findings` and `call` are absent in news of an older workflow. */
function operatorNews(id: ChangesetId, what: Extract<News, { kind: 'operator' }>, links: Links): string {
  const { reason, findings = [], call } = what;
  const where = findings.slice(0, NAMED).map(standingLine);
  const more = findings.length > NAMED ? [`• and ${findings.length - NAMED} more`] : [];
  const commands = resolveCommands(id, { links, ...(call !== undefined && { call }) }).map(escaped);
  return [slack(reason), ...where, ...more, `${RESOLVE_MEANS}:`, '```', ...commands, '```'].join('\n');
}

function standingLine({ repository, candidate, tip, standing }: Finding): string {
  const main = tip === undefined ? '' : `, main is at \`${tip.slice(0, 12)}\``;
  return `• ${slack(repository)}: \`${candidate.slice(0, 12)}\` ${standing}${main}`;
}

/** Slack's three special characters. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function slack(text: string): string {
  return escaped(beginning(plain(text), 1000));
}

function linkLine(id: ChangesetId, links: Links): string[] {
  const link = workflowLink(links, changesetWorkflowId(id));
  return link === undefined ? [] : ['', `[Its history in Temporal](${link})`];
}
