/** Bare repositories over smart HTTP (git's own http-backend), with the faults a test asks for. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GitServer {
  url: string;
  /** Looked at for every request; gives what to do instead of serving it. */
  fault: (request: { method: string; path: string; authorization: string | undefined }) => Fault | undefined;
  close(): Promise<void>;
}

export type Fault =
  | { status: number; body?: string; headers?: Record<string, string> }
  /** Never answers. */
  | 'hang'
  /** Breaks the connection. */
  | 'drop'
  /** Lets git do all the work, then breaks the connection instead of sending the answer. */
  | 'loseReply';

export async function startGitServer(root: string): Promise<GitServer> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const { authorization } = request.headers;
    const fault = handle.fault({ method: request.method ?? 'GET', path, authorization });
    if (fault === 'hang') return;
    if (fault === 'drop') return void request.socket.destroy();
    if (fault === undefined || fault === 'loseReply') return serve(root, request, response, fault === 'loseReply');
    response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const handle: GitServer = {
    url: `http://127.0.0.1:${port}`,
    fault: () => undefined,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return handle;
}

function serve(root: string, request: IncomingMessage, response: ServerResponse, loseReply: boolean): void {
  const [path = '', query = ''] = (request.url ?? '/').split('?');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH ?? '',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'lockstep',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('close', () => {
    if (loseReply) return void request.socket.destroy();
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const headers: Record<string, string> = {};
    for (const line of output.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      headers[name.toLowerCase()] = value;
    }
    const { status = '200', ...rest } = headers;
    response.writeHead(Number.parseInt(status, 10), rest).end(output.subarray(end + 4));
  });
}
