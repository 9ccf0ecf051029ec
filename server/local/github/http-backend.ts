/** Runs `git http-backend` (CGI) for one request. */
import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { gitEnvironment } from './git.ts';

export interface BackendRequest {
  /** Folder of the bare repository. */
  directory: string;
  /** `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  path: string;
  query: string;
  request: IncomingMessage;
  /** The request's body, unpacked. */
  body: Readable | null;
  user: string;
  hooks: string;
  env: Record<string, string>;
}

export interface CgiAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

function environment(asked: BackendRequest): Record<string, string> {
  const type = asked.request.headers['content-type'];
  const protocol = asked.request.headers['git-protocol'];
  return {
    ...gitEnvironment,
    ...asked.env,
    GIT_PROJECT_ROOT: asked.directory,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: asked.path,
    QUERY_STRING: asked.query,
    REQUEST_METHOD: asked.request.method ?? 'GET',
    REMOTE_USER: asked.user,
    REMOTE_ADDR: '127.0.0.1',
    ...(type === undefined ? {} : { CONTENT_TYPE: type }),
    ...(typeof protocol === 'string' ? { GIT_PROTOCOL: protocol } : {}),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: asked.hooks,
  };
}

function start(asked: BackendRequest) {
  const child = spawn('git', ['http-backend'], { env: environment(asked), stdio: ['pipe', 'pipe', 'pipe'] });
  child.stderr.resume();
  // Git may refuse a request before it has read all of it; what is left then has nowhere to go.
  child.stdin.on('error', () => undefined);
  if (asked.body === null) {
    child.stdin.end();
  } else {
    // A client that goes away in the middle leaves a truncated pack: git sees the end of it and refuses the push.
    asked.body.on('error', () => child.stdin.end());
    asked.body.pipe(child.stdin);
  }
  return child;
}

/** Collects the whole answer. The client going away meanwhile changes nothing for git. */
export async function runBackend(asked: BackendRequest, started: (pid: number) => void): Promise<CgiAnswer> {
  const child = start(asked);
  if (child.pid !== undefined) started(child.pid);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  const all = Buffer.concat(chunks);
  const head = headOf(all);
  return head === null ? { status: 500, headers: {}, body: all } : { ...head, body: all.subarray(head.end) };
}

/** Passes the answer on as it comes: packs can be large. */
export async function streamBackend(asked: BackendRequest, response: ServerResponse): Promise<void> {
  const child = start(asked);
  let pending: Buffer | null = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (pending === null) {
      if (!response.write(chunk)) child.stdout.pause();
      return;
    }
    pending = Buffer.concat([pending, chunk]);
    const head = headOf(pending);
    if (head === null) return;
    response.writeHead(head.status, head.headers);
    response.write(pending.subarray(head.end));
    pending = null;
  });
  response.on('drain', () => child.stdout.resume());
  response.on('close', () => child.kill());
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  if (pending !== null) response.writeHead(500);
  response.end();
}

function headOf(data: Buffer): { status: number; headers: Record<string, string>; end: number } | null {
  const end = data.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const headers: Record<string, string> = {};
  for (const line of data.toString('latin1', 0, end).split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const status = Number.parseInt(headers.status ?? '200', 10);
  delete headers.status;
  return { status, headers, end: end + 4 };
}
