/** Who a request is from: the App by JWT, an installation or a person by token. Anything unknown or expired is 401. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { ApiError } from './errors.ts';
import type { Hub } from './hub.ts';
import type { Actor, StoredToken } from './types.ts';
import { botLogin } from './users.ts';

/** The App's private key: the given one, or the one kept in the folder, or a new one. */
export function appKey(dir: string, given: string | undefined): { privateKeyPem: string; publicKey: KeyObject } {
  const file = join(dir, 'app-private-key.pem');
  const pem = given ?? (existsSync(file) ? readFileSync(file, 'utf8') : newKey());
  writeFileSync(file, pem, { mode: 0o600 });
  return { privateKeyPem: pem, publicKey: createPublicKey(pem) };
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Makes a token and remembers its hash. Tokens that expired are forgotten on the way. */
export function mintToken(hub: Hub, grant: StoredToken['grant']): { token: string; expiresAt: string | null } {
  const letters = randomBytes(27).toString('base64').replace(/[+/]/g, 'x');
  const token = `${grant.kind === 'person' ? 'ghp' : 'ghs'}_${letters}`;
  const expiresAt = grant.kind === 'person' ? null : new Date(hub.now() + hub.tokenLifeSeconds * 1000).toISOString();
  const { global } = hub.store;
  global.tokens = global.tokens.filter((known) => isAlive(hub, known));
  global.tokens.push({ hash: hashOf(token), expiresAt, grant });
  hub.store.saveGlobal();
  return { token, expiresAt };
}

function isAlive(hub: Hub, token: StoredToken): boolean {
  return token.expiresAt === null || Date.parse(token.expiresAt) > hub.now();
}

/** The actor that a token stands for, or null when it is unknown or expired. */
export function actorOfToken(hub: Hub, token: string): Actor | null {
  const hash = hashOf(token);
  const stored = hub.store.global.tokens.find((one) => one.hash === hash);
  if (stored === undefined || !isAlive(hub, stored)) return null;
  if (stored.grant.kind === 'person') return stored.grant;
  return { ...stored.grant, login: botLogin(hub) };
}

/** The actor of a REST request; throws 401 as GitHub words it. */
export async function authenticate(hub: Hub, publicKey: KeyObject, header: string | undefined): Promise<Actor> {
  if (header === undefined) return { kind: 'anonymous' };
  const [scheme, value] = header.split(/\s+/);
  const credential = value ?? '';
  const token = scheme?.toLowerCase() === 'basic' ? passwordOf(credential) : credential;
  if (looksLikeJwt(token)) return authenticateApp(hub, publicKey, token);
  const actor = actorOfToken(hub, token);
  if (actor === null) throw new ApiError(401, 'Bad credentials');
  if (actor.kind === 'installation') refuseSuspended(hub, hub.store.global.accounts[actor.installationId - 1]);
  return actor;
}

/** As GitHub words it, for a suspended installation's tokens and for who asks for one. */
export const SUSPENDED = 'This installation has been suspended';

export function refuseSuspended(hub: Hub, account: string | undefined): void {
  if (isSuspended(hub, account)) throw new ApiError(403, SUSPENDED);
}

export function isSuspended(hub: Hub, account: string | undefined): boolean {
  return account !== undefined && hub.store.global.suspended?.includes(account) === true;
}

/** The password of a Basic credential: git sends the token there, whatever the user name. */
export function passwordOf(basic: string): string {
  const decoded = Buffer.from(basic, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

function looksLikeJwt(token: string): boolean {
  if (token.split('.').length !== 3) return false;
  try {
    decodeProtectedHeader(token);
    return true;
  } catch {
    return false; // Not a JWT: then it is looked up as a token, and refused as one.
  }
}

/** GitHub accepts no JWT that lives longer than this, and forgives clocks that differ a little. */
const MAX_JWT_LIFE_SECONDS = 600;
const CLOCK_DRIFT_SECONDS = 60;

async function authenticateApp(hub: Hub, publicKey: KeyObject, jwt: string): Promise<Actor> {
  const now = Math.floor(hub.now() / 1000);
  const claims = await verifiedClaims(jwt, publicKey, now);
  const { iat, exp, iss } = claims;
  if (typeof iat !== 'number' || iat > now + CLOCK_DRIFT_SECONDS) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof exp !== 'number') {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + MAX_JWT_LIFE_SECONDS + CLOCK_DRIFT_SECONDS) {
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (String(iss) !== String(hub.store.global.app.id)) throw new ApiError(401, 'Integration not found');
  return { kind: 'app' };
}

async function verifiedClaims(jwt: string, publicKey: KeyObject, now: number) {
  try {
    const options = { algorithms: ['RS256'], currentDate: new Date(now * 1000) };
    return (await jwtVerify(jwt, publicKey, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new ApiError(
        401,
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
      );
    }
    if (error instanceof errors.JOSEError) throw new ApiError(401, 'A JSON web token could not be decoded');
    throw error;
  }
}
