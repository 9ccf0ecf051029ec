/** What a request to GitHub is about, read from its bytes alone. */
import { gunzipSync } from 'node:zlib';
import { parsePush } from '../server/local/github/pkt-line.ts';
import type { Fault } from './plan.ts';
import { COORDINATOR } from './template.ts';

type Change = NonNullable<ReturnType<typeof parsePush>>['changes'][number];

/** `discovery`: git asks for the refs that its push will change. */
export type Kind = 'refs' | 'fetch' | 'discovery' | 'push' | 'comment' | 'check' | 'merge' | 'token' | 'other';

export interface Request {
  kind: Kind;
  method: string;
  path: string;
  /** `acme/api`, where it is about one. */
  repository?: string;
  /** Of a push. */
  changes: Change[];
}

export function readRequest(
  method: string,
  url: string,
  about: { body: Buffer; encoding?: string | undefined },
): Request {
  const { pathname, searchParams } = new URL(url, 'http://github.local');
  const body = about.encoding === 'gzip' ? gunzipSync(about.body) : about.body;
  const git = /^\/([^/]+\/[^/]+?)\.git\/git-(upload|receive)-pack$/.exec(pathname);
  const path = pathname;
  if (git?.[2] === 'receive')
    return { kind: 'push', method, path, repository: git[1] ?? '', changes: parsePush(body)?.changes ?? [] };
  if (git !== null) {
    const kind = body.includes('command=ls-refs') ? 'refs' : 'fetch';
    return { kind, method, path, repository: git[1] ?? '', changes: [] };
  }
  const discovered = /^\/([^/]+\/[^/]+?)\.git\/info\/refs$/.exec(pathname)?.[1];
  if (discovered !== undefined && searchParams.get('service') === 'git-receive-pack')
    return { kind: 'discovery', method, path, repository: discovered, changes: [] };
  const repository = /\/repos\/([^/]+\/[^/]+)/.exec(pathname)?.[1];
  return {
    kind: restKind(method, pathname),
    method,
    path,
    changes: [],
    ...(repository !== undefined && { repository }),
  };
}

function restKind(method: string, path: string): Kind {
  if (method === 'GET') return 'other';
  if (/\/issues\/(\d+\/)?comments/.test(path)) return 'comment';
  if (/\/check-runs/.test(path)) return 'check';
  if (/\/pulls\/\d+\/merge$/.test(path)) return 'merge';
  return path.endsWith('/access_tokens') ? 'token' : 'other';
}

/** Whether this is the request that an effect is made of. */
export function isOf({ effect, repository }: Pick<Fault, 'effect' | 'repository'>, request: Request): boolean {
  if (repository !== undefined && request.repository !== repository) return false;
  const pushes = (is: (change: Change) => boolean) => request.kind === 'push' && request.changes.some(is);
  const isStaging = ({ ref }: Change) => ref.startsWith('refs/heads/lockstep/');
  switch (effect) {
    case 'fetch':
      return request.kind === 'fetch';
    case 'resolve':
    case 'recheck':
      return request.kind === 'refs';
    case 'comment':
    case 'check':
      return request.kind === effect;
    case 'manifest merge':
      return request.kind === 'merge';
    case 'status commit':
      return request.repository === COORDINATOR && request.kind === 'push';
    case 'stage push':
      return pushes((change) => isStaging(change) && change.new !== null);
    case 'staging delete':
      return pushes((change) => isStaging(change) && change.new === null);
    case 'land push':
    case 'revert':
      return pushes(({ ref }) => ref === 'refs/heads/main');
    default:
      return false;
  }
}

/** A push to a repository's `main`. */
export function isLanding(repository: string): (request: Request) => boolean {
  return (request) => isOf({ effect: 'land push', repository }, request);
}
