/** Single values of the environment: each reader takes one, or adds a problem that names the variable and both sides. */
import { isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Listen {
  host: string;
  port: number;
}

/** Timers of Node end at once when they are longer than this, in ms (24.8 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const HOST = /^(?!-)[A-Za-z0-9._-]+$/;

export function printed(value: string): string {
  return JSON.stringify(value.slice(0, 200));
}

/** `needed`: it is a problem when it is not set. */
export function readMatching(
  env: Environment,
  problems: string[],
  of: { name: string; like: RegExp; expected: string; needed?: boolean },
): string | undefined {
  const value = env[of.name]?.trim();
  if (!value) {
    if (of.needed) problems.push(`${of.name}: is not set`);
    return undefined;
  }
  if (!of.like.test(value)) problems.push(`${of.name}: expected ${of.expected}, found ${printed(value)}`);
  return value;
}

/** Without a slash at its end. An address with a password in it is refused, and not shown. */
export function readUrl(env: Environment, problems: string[], name: string): string | undefined {
  const value = env[name]?.trim();
  if (!value) return undefined;
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
    problems.push(
      `${name}: expected an http or https address, found ${value.includes('@') ? 'another' : printed(value)}`,
    );
    return undefined;
  }
  const { username, password, search, hash } = new URL(value);
  if (username !== '' || password !== '') problems.push(`${name}: expected an address without user and password`);
  else if (search !== '' || hash !== '') {
    problems.push(`${name}: expected an address without ? and #, found ${printed(value)}`);
  }
  return value.replace(/\/+$/, '');
}

export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

/** `host:port`, with brackets around an IPv6 address; `undefined` when it is none. `port`: 0 means any. */
export function parseAddress(value: string): Listen | undefined {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65535) return undefined;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined;
  return plain === '' || HOST.test(plain) ? { host: plain, port } : undefined;
}

/** An empty host listens on all interfaces. */
export function readListen(env: Environment, problems: string[], of: { name: string; or: string }): Listen {
  const value = env[of.name]?.trim() || of.or;
  const address = parseAddress(value);
  if (address === undefined) {
    problems.push(`${of.name}: expected host:port, found ${printed(value)}`);
    return { host: '127.0.0.1', port: 0 };
  }
  return { ...address, host: address.host || '0.0.0.0' };
}

export function readMilliseconds(
  env: Environment,
  problems: string[],
  of: { name: string; or: number; atLeast?: number; atMost?: number },
): number {
  const value = env[of.name]?.trim();
  if (!value) return of.or;
  const { atLeast = 1, atMost = LONGEST_TIMER_MS } = of;
  const ms = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(ms >= atLeast && ms <= atMost)) {
    problems.push(`${of.name}: expected ${atLeast} to ${atMost} milliseconds, found ${printed(value)}`);
    return of.or;
  }
  return ms;
}

/** A number that has a way of its own to be written; `read` gives NaN for what is none. */
export function readNumber(
  env: Environment,
  problems: string[],
  of: { name: string; or: number; atLeast: number; read: (text: string) => number; expected: string },
): number {
  const value = env[of.name]?.trim();
  if (!value) return of.or;
  const number = of.read(value);
  if (number >= of.atLeast) return number;
  problems.push(`${of.name}: expected ${of.expected}, found ${printed(value)}`);
  return of.or;
}

const DAY_MS = 24 * 3600 * 1000;

/** In ms; `undefined` for 0: the age that nothing reaches. */
export function readDays(env: Environment, problems: string[], of: { name: string; or: number }): number | undefined {
  const value = env[of.name]?.trim() || String(of.or);
  if (!/^\d{1,5}$/.test(value)) problems.push(`${of.name}: expected 0 to 99999 days, found ${printed(value)}`);
  return Number(value) === 0 ? undefined : Number(value) * DAY_MS;
}
