/** What a comment asks for, and whether who wrote it may: read from GitHub at the moment when it is to be done (HOSTILE). */
import type { Line } from '../../src/commands/grammar.ts';
import { readLine } from '../../src/commands/grammar.ts';
import type { PersonsComment } from '../../src/ports.ts';
import type { ControlDeps } from '../deps.ts';
import { tryConfigurationAt } from '../manifest/configuration.ts';
import type { Heard, HeardLine } from '../types.ts';
import { ownLines } from './lines.ts';

const AT_MOST = 10;
/** Characters of a line that are repeated in the answer. */
const SHOWN = 200;

export async function hearComment(deps: ControlDeps, { comment: id }: { comment: number }): Promise<Heard> {
  const comment = await deps.forge.readComment(id);
  // Bots are not answered either: two of them would go on for ever.
  if (comment === undefined || !comment.isPerson) return { kind: 'nothing' };
  const lines = ownLines(comment.body).flatMap((line) => readLine(line) ?? []);
  if (lines.length === 0) return { kind: 'nothing' };
  const pullRequest = await deps.forge.readPullRequest(comment.pullRequest);
  if (pullRequest === undefined) return { kind: 'nothing' };
  await deps.forge.react(id, 'seen');
  const { by, writtenAt } = comment;
  const judged = await judge(deps, { comment, author: pullRequest.author, lines });
  return { kind: 'asked', pullRequest: comment.pullRequest, by, writtenAt, lines: untilRefused(judged) };
}

interface About {
  comment: PersonsComment;
  /** Of the pull request. */
  author: string;
  lines: Line[];
}

async function judge(deps: ControlDeps, about: About): Promise<Line[]> {
  const { comment, lines } = about;
  const all = (problem: string) => lines.map(({ line }) => ({ line, problem }));
  if (comment.edited)
    return all('the comment was edited after it was written: only a new one counts, so write it again');
  const permission = await deps.forge.permission(deps.coordinator, comment.by);
  if (permission !== 'write' && permission !== 'admin') {
    return all(
      `${comment.by} may not write to ${deps.coordinator} (${permission}), and commands are for those who may: ask one of them`,
    );
  }
  const isOwn = comment.by.toLowerCase() === about.author.toLowerCase();
  if (!isOwn || !lines.some(isApproval) || (await mayApproveOwn(deps))) return lines;
  return lines.map((one) => (isApproval(one) ? { line: one.line, problem: OWN } : one));
}

const OWN =
  'who opened the pull request does not approve it here: ask somebody else with write permission (defaults.approvalByAuthor in lockstep.yaml allows it)';

function isApproval(line: Line): boolean {
  return 'asked' in line && line.asked.verb === 'approve';
}

/** As `lockstep.yaml` is on the default branch now; one that cannot be read allows nothing. */
async function mayApproveOwn({ git, coordinator, live }: ControlDeps): Promise<boolean> {
  const { main } = await git.readRefs(coordinator, [], live());
  await git.fetch(coordinator, [main], live());
  const read = await tryConfigurationAt(git, coordinator, main);
  return 'configuration' in read && read.configuration.defaults.approvalByAuthor;
}

/** The first that is not understood, or not allowed, ends it: what comes after it may have been meant with it. */
function untilRefused(lines: Line[]): HeardLine[] {
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
