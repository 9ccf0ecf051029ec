/**
 * The parser in a process of its own, with bounds on memory and time: whatever a text does to it, the worker goes on. A text
 * that ends it three times is given up for good (F46).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import PQueue from 'p-queue';
import { type Parser, RefusedText, TEXTS, UnreadableText } from '../../../src/manifest/texts.ts';
import type { Asked, Told } from './messages.ts';

export interface ParserOptions {
  /** Heap of the process, in MiB. The largest text that the guards let through needs less than 30. */
  heapMiB?: number;
  /** For one question, in ms: a parse takes some milliseconds. */
  timeoutMs?: number;
  /** The process's file. */
  entry?: string;
}

/** So many parsers may die of one text. */
const DEATHS = 3;

/** Of the process, in seconds of CPU: one whose worker was killed while it went round for ever ends by this. */
const CPU_SECONDS = 120;

/** A process that has not begun by then never will, in ms. */
const START_MS = 60_000;

/** Texts whose end is remembered. */
const REMEMBERED = 100;

export function createParser(options: ParserOptions = {}): Parser & { close(): void } {
  const { heapMiB = 128, timeoutMs = 10_000, entry = ownEntry() } = options;
  const queue = new PQueue({ concurrency: 1 });
  const dead = new Map<string, string>();
  let current: ChildProcess | undefined;

  async function ask(asked: Asked): Promise<unknown> {
    const key = createHash('sha256').update(serialize(asked)).digest('hex');
    const known = dead.get(key);
    if (known !== undefined) throw new UnreadableText(known);
    let why = '';
    for (let deaths = 0; deaths < DEATHS; deaths += 1) {
      if (current?.connected !== true) current = await start(entry, heapMiB);
      const told = await answerOf(current, asked, timeoutMs);
      if ('result' in told) return told.result;
      if ('threw' in told) throw new RefusedText(told.threw);
      current = undefined;
      why = told.died;
    }
    const sentence = `it ended its parser ${DEATHS} times (${why})`;
    remember(dead, key, sentence);
    throw new UnreadableText(sentence);
  }

  const names = Object.keys(TEXTS) as Asked['name'][];
  const calls = names.map((name) => [name, (...args: unknown[]) => queue.add(() => ask({ name, args }))]);
  return { ...(Object.fromEntries(calls) as Parser), close: () => current?.kill('SIGKILL') };
}

/** Of this file's kind: the tests run the repository compiled. */
function ownEntry(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url));
}

/** In a shell only for its CPU limit, which Node cannot set; the shell becomes the process. */
async function start(entry: string, heapMiB: number): Promise<ChildProcess> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const node = [
    process.execPath,
    `--max-old-space-size=${heapMiB}`,
    ...(entry.endsWith('.ts') ? ['--import', loader] : []),
  ];
  const child = spawn('/bin/sh', ['-c', `ulimit -t ${CPU_SECONDS}; exec "$0" "$@"`, ...node, entry], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  const told = await next(child, START_MS);
  if (!('ready' in told)) {
    child.kill('SIGKILL');
    throw new Error(`the manifest's parser did not start: expected it to be ready, found ${JSON.stringify(told)}`);
  }
  return child;
}

type Answer = { result: unknown } | { threw: string } | { died: string };

async function answerOf(child: ChildProcess, asked: Asked, timeoutMs: number): Promise<Answer> {
  const told = await next(child, timeoutMs, asked);
  if ('ready' in told) throw new Error('the parser said that it is ready, expected an answer');
  return told;
}

/** The next word of the process, or how it ended without one. It keeps the worker alive only while it is waited for. */
function next(child: ChildProcess, timeoutMs: number, asked?: Asked): Promise<Told | { died: string }> {
  child.ref();
  child.channel?.ref();
  return new Promise((resolve) => {
    const end = (told: Told | { died: string }) => {
      clearTimeout(timer);
      for (const event of ['message', 'error', 'exit']) child.removeAllListeners(event);
      child.on('error', () => undefined);
      child.unref();
      child.channel?.unref();
      resolve(told);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      end({ died: `no answer within ${timeoutMs / 1000} s` });
    }, timeoutMs);
    child.once('message', (told: Told) => end(told));
    child.once('error', (error) => end({ died: error.message }));
    child.once('exit', (code, signal) => end({ died: `ended with ${signal ?? code}` }));
    if (asked !== undefined) child.send(asked, (error) => error && end({ died: error.message }));
  });
}

function remember(dead: Map<string, string>, key: string, sentence: string): void {
  dead.set(key, sentence);
  const [oldest] = dead.keys();
  if (dead.size > REMEMBERED && oldest !== undefined) dead.delete(oldest);
}
