/**
 * What git's words about a push mean. Only what surely did not and will not happen is `refused`; only a lease that the
 * remote's own ref list refuted is `stale`; whatever is in doubt is `unanswered`, and read back later.
 */
import type { PushAnswer } from '../../src/ports.ts';
import { reasonOf } from './errors.ts';
import type { GitEnd } from './run.ts';

/** The remote's own troubles: the same push may go through later. */
const PASSING =
  /cannot lock ref|failed to (update|lock|write)|incorrect old value|failed to report status|internal (server )?error|timed? ?out|time limit|try again|temporar|unavailable|unpacker error|reference already exists|rate limit/i;
/** …unless it says that the content is at fault. */
const CONTENT =
  /exceeds|too large|size limit|fsck error|error: object [0-9a-f]+:|invalid (tree|commit|blob)|hook declined|protected/i;

const MAX_MESSAGE = 4_000;

export function pushAnswer(end: GitEnd): PushAnswer {
  const message = wordsOf(end);
  if (end.killed)
    return {
      kind: 'unanswered',
      message: `the push was ${end.killed === 'timeout' ? 'killed after its time limit' : 'cancelled'}`,
    };
  const line = refLine(end.stdout.toString('utf8'));
  if (end.code === 0) {
    // Without a line about our ref nothing is known, whatever the exit code says.
    return line && line.flag !== '!' ? { kind: 'pushed' } : { kind: 'unanswered', message };
  }
  if (line?.flag === '!') return rejection(line.summary, message);
  if (/remote ref does not exist/.test(end.stderr)) return { kind: 'pushed' };
  return withoutLine(end, message);
}

function rejection(summary: string, message: string): PushAnswer {
  if (/^\[rejected\] \(stale info\)/.test(summary)) return { kind: 'stale' };
  if (!/^\[remote rejected\]/.test(summary)) return { kind: 'unanswered', message };
  if (PASSING.test(summary) && !CONTENT.test(message)) return { kind: 'unanswered', message };
  return { kind: 'refused', message };
}

/** Git gave up before the remote spoke about the ref. */
function withoutLine(end: GitEnd, message: string): PushAnswer {
  switch (reasonOf(end.stderr)) {
    case 'unreadable':
      return { kind: 'refused', message };
    case 'corrupt':
    case 'missingCommit':
    case 'unauthorized':
    case 'network':
    case 'failed':
      return { kind: 'unanswered', message };
  }
}

/** The one line of `--porcelain` about our ref: `<flag> TAB <from>:<to> TAB <summary>`. */
function refLine(stdout: string): { flag: string; summary: string } | undefined {
  const match = /^([ +\-*!=])\t[^\t\n]*:refs\/[^\t\n]*\t(.*)$/m.exec(stdout);
  return match ? { flag: match[1] ?? '', summary: match[2] ?? '' } : undefined;
}

/** What the remote said, with git's own line about the ref; without URLs, which are nobody's business. */
function wordsOf(end: GitEnd): string {
  const line = refLine(end.stdout.toString('utf8'));
  const said = end.stderr
    .split('\n')
    .map((text) =>
      text
        .replace(/^remote: ?/, '')
        .replace(/https?:\/\/\S+@/g, 'https://')
        .trimEnd(),
    )
    .filter((text) => text.trim() !== '' && !/^(To |error: failed to push)/.test(text));
  const all = [...said, ...(line?.flag === '!' ? [line.summary] : [])].join('\n');
  return (all || `git ended with ${end.code}`).slice(0, MAX_MESSAGE);
}
