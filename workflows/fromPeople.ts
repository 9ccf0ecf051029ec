/** Signals as people and the server send them, read: each as what it says, or as the sentence that refuses it. */
import type { Approve, Resolve } from '../src/attempt/state.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { ServerEvent } from './messages.ts';

export type Read<T> = { ok: T } | { refused: string };

export function readApprove(payload: unknown): Read<Approve> {
  const fields = fieldsOf(payload);
  const by = name(fields.by);
  if (by === undefined) return refuse('approve', '{"by":"<your name>"}', payload);
  const commits = [fields.commit ?? []].flat().map(text);
  if (commits.some((commit) => commit === undefined || !/^[0-9a-f]{7,40}$/.test(commit))) {
    return refuse('approve', '{"by":"<your name>","commit":"<7 to 40 hexadecimal digits>"}', payload);
  }
  const known = commits.filter((commit) => commit !== undefined);
  return { ok: { by, commits: known, ...writtenAt(fields) } };
}

export function readSkip(payload: unknown): Read<{ by: string; reason: string; pullRequest?: number }> {
  const fields = fieldsOf(payload);
  const by = name(fields.by);
  if (by === undefined) return refuse('skip', '{"by":"<your name>","reason":"<why>"}', payload);
  const pullRequest = count(fields.pr);
  return { ok: { by, reason: text(fields.reason) ?? 'no reason given', ...(pullRequest && { pullRequest }) } };
}

export function readPause(payload: unknown): Read<{ by: string; reason: string; writtenAt?: string }> {
  const fields = fieldsOf(payload);
  const by = name(fields.by);
  const reason = text(fields.reason);
  if (by === undefined || reason === undefined) {
    return refuse('pause', '{"by":"<your name>","reason":"<why>"}', payload);
  }
  return { ok: { by, reason, ...writtenAt(fields) } };
}

export function readResume(payload: unknown): Read<{ by: string; writtenAt?: string }> {
  const fields = fieldsOf(payload);
  const by = name(fields.by);
  return by === undefined ? refuse('resume', '{"by":"<your name>"}', payload) : { ok: { by, ...writtenAt(fields) } };
}

export function readWithdraw(payload: unknown): Read<{ by: string; pullRequest: number }> {
  const fields = fieldsOf(payload);
  const by = name(fields.by);
  const pullRequest = count(fields.pr);
  if (by === undefined || pullRequest === undefined) return refuse('withdraw', '{"pr":12,"by":"<your name>"}', payload);
  return { ok: { by, pullRequest } };
}

export function readResolve(payload: unknown): Read<Resolve> {
  const fields = fieldsOf(payload);
  const by = name(fields.by);
  const { action } = fields;
  if (by === undefined || (action !== 'finish' && action !== 'undo' && action !== 'check')) {
    return refuse('resolve', '{"action":"finish" or "undo" or "check","by":"<your name>"}', payload);
  }
  const call = count(fields.call);
  return { ok: { action, by, ...(call !== undefined && { call }) } };
}

/** Signals from the server are our own, but anyone can send one: entries that are none are dropped. */
export function readEvents(payload: unknown): ServerEvent[] {
  if (!Array.isArray(payload)) return [];
  return payload.slice(0, 1000).flatMap((one) => {
    const fields = fieldsOf(one);
    const pullRequest = count(fields.pullRequest);
    const delivery = text(fields.delivery);
    return pullRequest === undefined ? [] : [{ pullRequest, ...(delivery !== undefined && { delivery }) }];
  });
}

/** Of a command that came in a comment: ISO 8601, GitHub's clock. */
function writtenAt({ at }: Fields): { writtenAt?: string } {
  const said = text(at);
  return said !== undefined && Number.isFinite(Date.parse(said)) ? { writtenAt: said } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 500) : undefined;
}

/** Commands are shown with `<your name>`; who pastes one as it is has not said who decides. */
function name(value: unknown): string | undefined {
  const said = text(value);
  return said === undefined || isPlaceholder(said) ? undefined : said;
}

function isPlaceholder(by: string): boolean {
  return /^<.*>$/.test(by);
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function refuse(signal: string, expected: string, found: unknown): { refused: string } {
  const by = text(fieldsOf(found).by);
  if (by !== undefined && isPlaceholder(by)) {
    return { refused: `signal ${signal} was refused: replace ${by} in "by" with your own name, then send it again` };
  }
  return { refused: `signal ${signal} was not understood: expected ${expected}, found ${printed(found)}` };
}

function printed(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200);
}
