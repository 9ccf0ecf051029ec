/** Git's pkt-line framing, as far as pushes need it: the commands of a push, and the report that answers it. Pure. */
import type { RefChange } from './rules.ts';

export interface PushRequest {
  changes: RefChange[];
  capabilities: string[];
}

const ZERO = /^0+$/;

/** Splits a buffer into pkt-lines up to the first flush; null while it is not complete. */
function linesUntilFlush(data: Buffer): { lines: Buffer[]; end: number } | null {
  const lines: Buffer[] = [];
  let at = 0;
  while (at + 4 <= data.length) {
    const length = Number.parseInt(data.toString('latin1', at, at + 4), 16);
    if (length === 0) return { lines, end: at + 4 };
    if (!(length >= 4))
      throw new Error(`expected a pkt-line length at byte ${at}, found ${data.toString('latin1', at, at + 4)}`);
    if (at + length > data.length) return null;
    lines.push(data.subarray(at + 4, at + length));
    at += length;
  }
  return null;
}

/** The commands at the beginning of a receive-pack request; null while too little of it has arrived. */
export function parsePush(data: Buffer): PushRequest | null {
  const parsed = linesUntilFlush(data);
  if (parsed === null) return null;
  const request: PushRequest = { changes: [], capabilities: [] };
  for (const line of parsed.lines) {
    const [command, capabilities] = line.toString('utf8').replace(/\n$/, '').split('\0');
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/.exec(command ?? '');
    if (capabilities !== undefined) request.capabilities = capabilities.trim().split(' ');
    if (match === null) continue; // `shallow` lines, push certificates
    const [, old, next, ref] = match;
    if (old === undefined || next === undefined || ref === undefined) continue;
    request.changes.push({ ref, old: ZERO.test(old) ? null : old, new: ZERO.test(next) ? null : next });
  }
  return request;
}

export interface PushReport {
  /** `remote:` lines. */
  messages: string;
  /** Refs that were updated, and refs that were refused with the reason. */
  ok: string[];
  refused: { ref: string; reason: string }[];
}

/** Reads receive-pack's answer. */
export function parseReport(data: Buffer, capabilities: string[]): PushReport {
  const sideband = capabilities.includes('side-band-64k') || capabilities.includes('side-band');
  const outer = linesUntilFlush(data)?.lines ?? [];
  const band = (number: number) =>
    Buffer.concat(outer.filter((line) => line[0] === number).map((line) => line.subarray(1)));
  const inner = sideband ? (linesUntilFlush(band(1))?.lines ?? []) : outer;
  const report: PushReport = { messages: sideband ? band(2).toString('utf8') : '', ok: [], refused: [] };
  for (const line of inner) {
    const text = line.toString('utf8').replace(/\n$/, '');
    const match = /^(ok|ng) (\S+) ?(.*)$/.exec(text);
    const [, word, ref, reason] = match ?? [];
    if (ref === undefined) continue;
    if (word === 'ok') report.ok.push(ref);
    else report.refused.push({ ref, reason: reason ?? '' });
  }
  return report;
}

function pkt(payload: Buffer | string): Buffer {
  const body = Buffer.from(payload);
  return Buffer.concat([Buffer.from((body.length + 4).toString(16).padStart(4, '0')), body]);
}

/** An answer that refuses a push, as receive-pack itself would write it. */
export function writeRefusal(report: PushReport, capabilities: string[]): Buffer {
  const flush = Buffer.from('0000');
  const lines = [pkt('unpack ok\n'), ...report.refused.map(({ ref, reason }) => pkt(`ng ${ref} ${reason}\n`)), flush];
  const inner = Buffer.concat(lines);
  if (!capabilities.includes('side-band-64k')) return inner;
  const remote = chunks(Buffer.from(report.messages)).map((chunk) => pkt(Buffer.concat([Buffer.from([2]), chunk])));
  const status = chunks(inner).map((chunk) => pkt(Buffer.concat([Buffer.from([1]), chunk])));
  return Buffer.concat([...remote, ...status, flush]);
}

function chunks(data: Buffer): Buffer[] {
  const size = 60_000;
  return Array.from({ length: Math.ceil(data.length / size) }, (_, index) =>
    data.subarray(index * size, (index + 1) * size),
  );
}
