/** Keys for what Temporal keeps, from a file. No content of it is ever in a problem. */
import { createHash } from 'node:crypto';
import { readOptionalSecret } from './files.ts';
import type { Environment } from './values.ts';

export interface PayloadKey {
  /** Stands beside what it encrypted; says nothing of the key. */
  id: string;
  bytes: Buffer;
}

const NAME = 'LOCKSTEP_PAYLOAD_KEYS';
const BYTES = 32;

/** One on each line: the first encrypts, all decrypt. `undefined`: nothing is encrypted. */
export function readPayloadKeys(env: Environment, problems: string[]): PayloadKey[] | undefined {
  const before = problems.length;
  const text = readOptionalSecret(env, problems, NAME);
  if (text === undefined || problems.length > before) return undefined;
  const keys = text.split(/\s+/).filter(Boolean).map(keyOf);
  const wrong = keys.findIndex(({ bytes }) => bytes.length !== BYTES);
  if (wrong >= 0) {
    problems.push(
      `${NAME}_FILE: expected ${BYTES} bytes in base64 on each line (openssl rand -base64 ${BYTES}), found something else on line ${wrong + 1}`,
    );
  }
  if (env.LOCKSTEP_WORKFLOW_BUNDLE?.trim()) {
    problems.push('LOCKSTEP_WORKFLOW_BUNDLE: was made without encryption; take it away, and it is made at the start');
  }
  return keys;
}

function keyOf(line: string): PayloadKey {
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(line) ? Buffer.from(line, 'base64') : Buffer.alloc(0);
  return { id: createHash('sha256').update('lockstep payload key').update(bytes).digest('hex').slice(0, 16), bytes };
}
