/** A Temporal dev server of our own: its state in a file, so that it goes on after a crash. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { finished } from 'node:stream/promises';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { SEARCH_ATTRIBUTES, searchAttributeFaults } from '../../temporal/search-attributes.ts';
import { setRetention, untilReady } from './namespace.ts';

const HOST = '127.0.0.1';
const STOP_WITHIN_MS = 5_000;
/** By default each queue is looked at 20 times a second after a short burst: every step of a workflow took 50 ms (seen). */
const PACE = ['transfer', 'timer', 'visibility'].flatMap((queue) => [
  `history.${queue}ProcessorMaxPollRPS=1000`,
  `history.${queue}ProcessorMaxPollHostRPS=3000`,
]);
/** What was written survives the death of the process, which is all that a demo or a test asks for: not waiting for the disk halves the time. */
const DISK = ['synchronous=off'];
const SETPRIV = '/usr/bin/setpriv';

export interface TemporalOptions {
  /** The `temporal` command (`obtainTemporal`). */
  path: string;
  /** The state; made when missing, gone on with when there. */
  dbFile: string;
  /** A free one is taken when absent. */
  port?: number;
  /** The Web UI's; `0` takes a free one; no Web UI when absent. */
  uiPort?: number;
  /** Made with the search attributes; at least one. */
  namespaces: string[];
  /** Search attributes besides Lockstep's own, name → type. */
  searchAttributes?: Record<string, string>;
  /** How long ended workflows are kept (default 30). */
  retentionDays?: number;
}

export interface RunningTemporal {
  /** `host:port` of the service. */
  address: string;
  uiUrl?: string;
  pid: number;
  /** Ends it in order, by force after five seconds; resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL, for showing that work survives it. */
  kill(): void;
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<void>;
}

/** Between finding a free port and using it somebody else may take it, as when several demos start at once. */
const TRIES = 3;

/** Resolves when it serves all the namespaces. Throws with its output when it ends before. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const choosesPorts = options.port === undefined || options.uiPort === 0;
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(options);
    } catch (error) {
      const portTaken = error instanceof Error && /address already in use/.test(error.message);
      if (!choosesPorts || !portTaken || tries === TRIES) throw error;
    }
  }
}

async function start(options: TemporalOptions): Promise<RunningTemporal> {
  const port = options.port ?? (await freePort());
  const uiPort = options.uiPort === 0 ? await freePort() : options.uiPort;
  const child = spawnServer(options, port, uiPort);
  const { pid } = child;
  if (pid === undefined) throw new Error(`expected ${options.path} to start: ${(await child).shortMessage}`);
  const ended = child.then(() => undefined);
  const address = `${HOST}:${port}`;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const givenUp = new AbortController();
  try {
    await Promise.race([prepare(address, options, givenUp.signal), diedEarly(child)]);
  } catch (error) {
    givenUp.abort();
    await stop();
    throw error;
  }
  return {
    address,
    ...(uiPort === undefined ? {} : { uiUrl: `http://${HOST}:${uiPort}` }),
    pid,
    stop,
    kill: () => void child.kill('SIGKILL'),
    ended,
  };
}

function spawnServer(options: TemporalOptions, port: number, uiPort: number | undefined) {
  const attributes = Object.entries({ ...SEARCH_ATTRIBUTES, ...options.searchAttributes });
  const args = [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--db-filename', options.dbFile],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...options.namespaces.flatMap((namespace) => ['--namespace', namespace]),
    ...attributes.flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...DISK.flatMap((value) => ['--sqlite-pragma', value]),
    ...PACE.flatMap((value) => ['--dynamic-config-value', value]),
    ...['--log-level', 'error'],
  ];
  // The kernel then kills the server when this process dies, even by SIGKILL.
  const bound = existsSync(SETPRIV);
  const child = execa(bound ? SETPRIV : options.path, bound ? ['--pdeathsig', 'KILL', options.path, ...args] : args, {
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    forceKillAfterDelay: STOP_WITHIN_MS,
    // A terminal's Ctrl-C goes to the whole foreground group: the server must outlive the work that stops in order.
    detached: true,
  });
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => process.off('exit', killAtExit));
  return child;
}

type Child = ReturnType<typeof spawnServer>;

async function prepare(address: string, options: TemporalOptions, givenUp: AbortSignal): Promise<void> {
  await untilReady(
    `Temporal at ${address}`,
    async () => {
      // Lazy, so that it can be closed also when nobody answers yet: one left open would keep the process from ending.
      const connection = Connection.lazy({ address, connectTimeout: '2s' });
      try {
        await connection.ensureConnected();
        for (const namespace of options.namespaces) {
          await setRetention(connection, namespace, options.retentionDays ?? 30);
          const [fault] = await searchAttributeFaults(connection, namespace);
          if (fault !== undefined) throw new Error(fault);
        }
      } finally {
        await connection.close();
      }
    },
    givenUp,
  );
}

async function diedEarly(child: Child): Promise<never> {
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4_096);
  });
  const read = finished(child.stderr, { cleanup: true }).catch(() => undefined);
  const result = await child;
  // The process can be gone before its last words were read.
  await read;
  throw new Error(`Temporal ended before it served (${result.shortMessage ?? 'exit 0'}): ${output.trim()}`);
}

/** A port that is free now. Somebody else may take it before the server does: it then says so and ends. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('expected a port')),
      );
    });
  });
}
