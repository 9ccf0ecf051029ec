/**
 * Messages of the commits that Lockstep makes, and what can be read back from them. A message is part of a commit's id:
 * it is made from pinned inputs only, never from a clock.
 */
import { type ChangesetId, type Commit, changesetLabel, type Member, type Status } from '../changeset.ts';

export interface Trailers {
  /** `owner/coordinator#12/name` of the changeset that a candidate belongs to. */
  changeset?: string;
  /** The candidate that a compensation undid. */
  reverts?: Commit;
  /** The bot's reverts that a candidate brought back. */
  reapplies: Commit[];
  /** `owner/coordinator#12/name status` of a status commit. */
  status?: { changeset: string; status: string };
  /** The commit of a person's `git revert`, by git's own sentence. */
  personReverts?: Commit;
}

const HEX = '[0-9a-f]{40}';

export function readTrailers(message: string): Trailers {
  const all = (name: string, value: string) =>
    [...message.matchAll(new RegExp(`^Lockstep-${name}: (${value})$`, 'gm'))].map((match) => match[1] ?? '');
  const changeset = all('Changeset', '\\S+')[0];
  const reverts = all('Reverts', HEX)[0];
  const [label, status] = all('Status', '\\S+ \\S+')[0]?.split(' ') ?? [];
  const personReverts = message.match(new RegExp(`^This reverts commit (${HEX})`, 'm'))?.[1];
  return {
    reapplies: all('Reapplies', HEX),
    ...(changeset !== undefined && { changeset }),
    ...(reverts !== undefined && { reverts }),
    ...(label !== undefined && status !== undefined && { status: { changeset: label, status } }),
    ...(personReverts !== undefined && reverts === undefined && { personReverts }),
  };
}

/** Every member's head and base: two changesets, or two vectors, never share a candidate. */
export function candidateMessage(request: {
  changeset: ChangesetId;
  member: Member;
  pins: { repository: string; head: Commit; base: Commit }[];
  reapplies: Commit[];
}): string {
  const { changeset, member, pins, reapplies } = request;
  return lines([
    `Merge ${member.branch} for ${changeset.name}`,
    '',
    `Landed together by Lockstep: ${changeset.coordinator}#${changeset.pullRequest}`,
    '',
    `Lockstep-Changeset: ${changesetLabel(changeset)}`,
    ...pins.map((pin) => `Lockstep-Vector: ${pin.repository} ${pin.head} ${pin.base}`),
    ...reapplies.map((commit) => `Lockstep-Reapplies: ${commit}`),
  ]);
}

export function revertMessage(request: { changeset: ChangesetId; candidate: Commit; reason: string }): string {
  const { changeset, candidate, reason } = request;
  return lines([
    `Revert ${changeset.name}`,
    '',
    `It could not land in all of its repositories: ${oneLine(reason)}`,
    '',
    `Lockstep-Changeset: ${changesetLabel(changeset)}`,
    `Lockstep-Reverts: ${candidate}`,
  ]);
}

export function statusMessage(changeset: ChangesetId, status: Status): string {
  return lines([
    `Lockstep: ${changeset.name} is ${status}`,
    '',
    `Lockstep-Status: ${changesetLabel(changeset)} ${status}`,
  ]);
}

/** Text from outside must not forge a trailer. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').slice(0, 200);
}

function lines(all: string[]): string {
  return `${all.join('\n')}\n`;
}
