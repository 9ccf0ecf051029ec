/**
 * Messages of the commits that Lockstep makes, and what can be read back from them. A message is part of a commit's id:
 * it is made from pinned inputs only, never from a clock.
 */
import { type ChangesetId, type Commit, changesetLabel, type Member, type Pin, type Status } from '../changeset.ts';

export interface Trailers {
  /** `owner/coordinator#12/name` of the changeset that a candidate belongs to. */
  changeset?: string;
  /** Every member of the vector that a candidate belongs to, in the order of its message. */
  vector?: Pin[];
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
  // Lines as git has them: `^` and `$` of a regular expression would end them at U+2028 too.
  const lines = message.split('\n');
  const matches = (pattern: RegExp) => lines.flatMap((line) => line.match(pattern)?.[1] ?? []);
  const all = (name: string, value: string) => matches(new RegExp(`^Lockstep-${name}: (${value})$`));
  const changeset = all('Changeset', '\\S+')[0];
  const reverts = all('Reverts', HEX)[0];
  const status = lines.flatMap(readStatus)[0];
  const vector = lines.flatMap(readPin);
  const personReverts = matches(new RegExp(`^This reverts commit (${HEX})`))[0];
  return {
    reapplies: all('Reapplies', HEX),
    ...(changeset !== undefined && { changeset }),
    ...(vector.length > 0 && { vector }),
    ...(reverts !== undefined && { reverts }),
    ...(status !== undefined && { status }),
    ...(personReverts !== undefined && reverts === undefined && { personReverts }),
  };
}

const STATUS = /^Lockstep-Status: (?<changeset>\S+) (?<status>\S+)$/;

function readStatus(line: string): NonNullable<Trailers['status']>[] {
  const found = line.match(STATUS)?.groups;
  return found === undefined ? [] : [{ ...(found as unknown as NonNullable<Trailers['status']>) }];
}

const PIN = new RegExp(`^Lockstep-Vector: (?<repository>\\S+) (?<head>${HEX}) (?<base>${HEX}) (?<branch>[^ ]+)$`);

function readPin(line: string): Pin[] {
  const found = line.match(PIN)?.groups;
  return found === undefined ? [] : [{ ...(found as unknown as Pin) }];
}

/** Every member's head and base: two changesets, or two vectors, never share a candidate. */
export function candidateMessage(request: {
  changeset: ChangesetId;
  member: Member;
  pins: Pin[];
  reapplies: Commit[];
}): string {
  const { changeset, member, pins, reapplies } = request;
  return joined([
    `Merge ${member.branch} for ${changeset.name}`,
    '',
    `Landed together by Lockstep: ${changeset.coordinator}#${changeset.pullRequest}`,
    '',
    `Lockstep-Changeset: ${changesetLabel(changeset)}`,
    ...pins.map((pin) => `Lockstep-Vector: ${pin.repository} ${pin.head} ${pin.base} ${pin.branch}`),
    ...reapplies.map((commit) => `Lockstep-Reapplies: ${commit}`),
  ]);
}

export function revertMessage(request: { changeset: ChangesetId; candidate: Commit; reason: string }): string {
  const { changeset, candidate, reason } = request;
  return joined([
    `Revert ${changeset.name}`,
    '',
    `It could not land in all of its repositories: ${oneLine(reason)}`,
    '',
    `Lockstep-Changeset: ${changesetLabel(changeset)}`,
    `Lockstep-Reverts: ${candidate}`,
  ]);
}

export function statusMessage(changeset: ChangesetId, status: Status): string {
  return joined([
    `Lockstep: ${changeset.name} is ${status}`,
    '',
    `Lockstep-Status: ${changesetLabel(changeset)} ${status}`,
  ]);
}

/** Text from outside must not forge a trailer: nothing in it may end a line, in git's eyes or in a regular expression's. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, 200);
}

function joined(all: string[]): string {
  return `${all.join('\n')}\n`;
}
