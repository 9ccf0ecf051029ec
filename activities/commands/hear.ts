/** What a comment asks for, and whether who wrote it may: read from GitHub at the moment when it is to be done (HOSTILE). */
import type { Line } from '../../src/commands/grammar.ts';
import { readLine } from '../../src/commands/grammar.ts';
import type { PersonsComment } from '../../src/ports.ts';
import type { ControlDeps } from '../deps.ts';
import { tryConfigurationAt } from '../manifest/configuration.ts';
import { touchesManifests } from '../manifest/touches.ts';
import type { Heard, HeardLine } from '../types.ts';
import { ownLines } from './lines.ts';

const AT_MOST = 10;
/** Characters of a line that are repeated in the answer. */
const SHOWN = 200;

/** What is found later is not done: people have gone on since, and do not expect it any more. */
export const HEARD_WITHIN_MS = 3_600_000;

export async function hearComment(deps: ControlDeps, { comment: id }: { comment: number }): Promise<Heard> {
  const comment = await deps.forge.readComment(id);
  // Bots are not answered either: two of them would go on for ever.
  if (comment === undefined || !comment.isPerson) return { kind: 'nothing' };
  const lines = ownLines(comment.body).flatMap((line) => readLine(line) ?? []);
  if (lines.length === 0) return { kind: 'nothing' };
  const pullRequest = await deps.forge.readPullRequest(comment.pullRequest);
  if (pullRequest === undefined || !(await touchesManifests(deps, comment.pullRequest))) return { kind: 'nothing' };
  const { by, writtenAt } = comment;
  const heard = { kind: 'asked', pullRequest: comment.pullRequest, by, writtenAt } as const;
  const refused = await refusalOfAll(deps, comment);
  if (refused !== undefined) {
    const all = lines.map(({ line }) => ({ line, problem: refused.why }));
    return { ...heard, lines: shown(all), ...(refused.stranger && { stranger: true }) };
  }
  // That it is not seen to be heard must not keep it from being done.
  await deps.forge.react(id, 'seen').catch(() => undefined);
  return { ...heard, lines: shown(await withoutOwnApprovals(deps, { by, author: pullRequest.author, lines })) };
}

async function refusalOfAll(
  deps: ControlDeps,
  { by, edited, writtenAt }: PersonsComment,
): Promise<{ why: string; stranger?: true } | undefined> {
  const permission = await deps.forge.permission(deps.coordinator, by);
  if (permission !== 'write' && permission !== 'admin') {
    const why = `${by} may not write to ${deps.coordinator} (${permission}), and commands are for those who may: ask one of them`;
    return { why, stranger: true };
  }
  if (edited) return { why: 'the comment was edited after it was written: only a new one counts, so write it again' };
  if (deps.now() - Date.parse(writtenAt) > HEARD_WITHIN_MS)
    return {
      why: 'it was found only now, more than an hour after it was written: write it again if it is still meant',
    };
  return undefined;
}

async function withoutOwnApprovals(
  deps: ControlDeps,
  { by, author, lines }: { by: string; author: string; lines: Line[] },
): Promise<Line[]> {
  const isOwn = by.toLowerCase() === author.toLowerCase();
  if (!isOwn || !lines.some(isApproval) || (await mayApproveOwn(deps))) return lines;
  return lines.map((one) => (isApproval(one) ? { line: one.line, problem: OWN } : one));
}

const OWN =
  'who opened the pull request does not approve it here: ask somebody else with write permission (defaults.approvalByAuthor in lockstep.yaml allows it)';

function isApproval(line: Line): boolean {
  return 'asked' in line && line.asked.verb === 'approve';
}

/** As `lockstep.yaml` is on the default branch now; one that cannot be read allows nothing. */
async function mayApproveOwn(deps: ControlDeps): Promise<boolean> {
  const { git, coordinator, live } = deps;
  const { main } = await git.readRefs(coordinator, [], live());
  await git.fetch(coordinator, [main], live());
  const read = await tryConfigurationAt(deps, main);
  return 'configuration' in read && read.configuration.defaults.approvalByAuthor;
}

/** The first that is not understood, or not allowed, ends it: what comes after it may have been meant with it. */
function shown(lines: Line[]): HeardLine[] {
  const first = lines.findIndex((one) => 'problem' in one);
  return lines.slice(0, AT_MOST + 1).map((one, i) => {
    const line = one.line.trim().slice(0, SHOWN);
    if (i === AT_MOST)
      return { line, problem: `a comment may have ${AT_MOST} commands: what comes after them was not done` };
    if ('problem' in one) return { line, problem: one.problem };
    if (first >= 0 && i > first) return { line, problem: 'not done, for one before it was refused' };
    return { line, asked: one.asked };
  });
}
