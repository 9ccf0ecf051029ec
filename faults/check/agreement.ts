/** What people are told in different places is the same, and told once (invariant 5 and 6, beyond the neutral record). */
import type { Status } from '../../src/changeset.ts';

export interface Shown {
  pullRequest: number;
  branch: string;
  merged: boolean;
  /** In the manifest, by changeset. */
  statuses: { name: string; status: Status }[];
  /** Bodies of our own comments. */
  comments: string[];
  /** Of the check run on its last head. */
  conclusion?: string | null;
}

const WORDS: Record<Status, RegExp> = { success: /landed/, failed: /failed|rolled back/, skipped: /skipped/ };

/** Sentences about what differs. */
export function disagreements(shown: Shown): string[] {
  return [...twins(shown), ...(shown.merged ? [...ofSticky(shown), ...ofCheck(shown)] : [])];
}

/** Of what the team reads: a worker that dies repeats nothing. */
export function toldTwice(messages: string[]): string[] {
  const again = messages.filter((message, i) => messages.indexOf(message) !== i);
  return again.map((message) => `the team was told twice: ${message}`);
}

/** Each comment of ours begins with the marker that it is found by. */
function twins({ pullRequest, comments }: Shown): string[] {
  const markers = comments.map((body) => body.split('\n')[0] ?? '');
  const twice = new Set(markers.filter((marker, i) => markers.indexOf(marker) !== i));
  return [...twice].map((marker) => `#${pullRequest} has the comment ${marker} more than once`);
}

function ofSticky({ pullRequest, statuses, comments }: Shown): string[] {
  const sticky = comments.find((body) => body.includes('"version":')) ?? '';
  return statuses.flatMap(({ name, status }) => {
    const row = sticky.split('\n').find((line) => line.includes(`| \`${name}\` |`)) ?? '';
    const [, word = 'nothing'] = row.split('|').map((cell) => cell.trim());
    return WORDS[status].test(word)
      ? []
      : [`#${pullRequest}: the manifest says ${status} of ${name}, the comment says ${word}`];
  });
}

function ofCheck({ pullRequest, statuses, conclusion }: Shown): string[] {
  const expected = statuses.some(({ status }) => status === 'failed') ? 'neutral' : 'success';
  return conclusion === expected
    ? []
    : [`#${pullRequest}: expected its check to be ${expected}, found ${conclusion ?? 'none'}`];
}
