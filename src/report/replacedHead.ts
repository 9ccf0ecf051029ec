/**
 * The head that the sticky comment was last written for, hidden in its second line: the only trace of a head that a
 * force-push took out of the pull request, whose check would wait for ever.
 */
import type { Commit } from '../changeset.ts';
import type { Check } from '../ports.ts';
import { STICKY_MARKER } from './sticky.ts';

const HEAD = /^<!-- lockstep head ([0-9a-f]{40,64}) -->\r?\n/;

export function withHead(sticky: string, head: Commit): string {
  return `${STICKY_MARKER}\n<!-- lockstep head ${head} -->${sticky.slice(STICKY_MARKER.length)}`;
}

/** `undefined` for any other comment. */
export function headOf(comment: string): Commit | undefined {
  if (!comment.startsWith(STICKY_MARKER)) return undefined;
  return HEAD.exec(comment.slice(STICKY_MARKER.length).trimStart())?.[1];
}

/** Whether a check says that something is still to come; GitHub takes the wait for a person for an end. */
export function isOpen(state: Check['state']): boolean {
  return state === 'queued' || state === 'in_progress' || state === 'action_required';
}

/** Not `neutral`: that satisfies a required check, and nothing says that what is in this head is complete. */
export function replacedCheck(earlier: Commit, head: Commit): Check {
  return {
    head: earlier,
    state: 'cancelled',
    title: `Continued on ${head.slice(0, 7)}`,
    summary: `This commit is not the pull request's newest any more. How it stands is told on ${head}.`,
    annotations: [],
  };
}
