/** The parser as a process: what it answers, and what becomes of a text that ends it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createParser } from '../../activities/manifest/parser/createParser.ts';
import { parserInProcess } from '../../activities/manifest/parser/inProcess.ts';

const path = 'changesets/x.yaml';
const bytes = (text: string) => new TextEncoder().encode(text);
const CONFIGURATION = bytes('repositories: [acme/api, acme/web]');
const MANIFEST = [
  'changesets:',
  '  - name: checkout',
  '    repositories:',
  '      - { name: acme/api, branch: feature }',
  '',
].join('\n');

let folder: string;
let parser: ReturnType<typeof createParser> | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-parser-'));
});
afterEach(() => {
  parser?.close();
  parser = undefined;
  rmSync(folder, { recursive: true });
});

/** A parser whose process notes its start, and does this with each question. */
function hostile(onQuestion: string, options: { timeoutMs?: number; heapMiB?: number } = {}) {
  const entry = join(folder, 'hostile.mjs');
  const starts = join(folder, 'starts');
  writeFileSync(starts, '');
  writeFileSync(
    entry,
    `import { appendFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(starts)}, JSON.stringify({ pid: process.pid, env: process.env, cwd: process.cwd() }) + '\\n');
     process.on('disconnect', () => process.exit());
     const hoard = [];
     process.on('message', ({ args }) => { ${onQuestion} });
     process.send({ ready: true });`,
  );
  parser = createParser({ ...options, entry });
  const notes = () =>
    readFileSync(starts, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { parser, notes };
}

it('answers as the functions do that it runs, also with a set and with what they throw', async () => {
  parser = createParser();
  const configured = await parser.readConfiguration(CONFIGURATION, { path: 'lockstep.yaml', coordinator: 'acme/c' });
  if (!('configuration' in configured)) throw new Error(JSON.stringify(configured));
  const about = { path, configuration: configured.configuration, coordinator: 'acme/c' };
  const read = await parser.readManifest(bytes(MANIFEST), about);
  expect(read).toEqual(await parserInProcess.readManifest(bytes(MANIFEST), about));
  expect(read).toMatchObject({ changesets: [{ name: 'checkout' }] });
  expect(await parser.unchangedEntries(MANIFEST, MANIFEST)).toEqual(new Set(['checkout']));
  expect(await parser.writeStatus(MANIFEST, 'checkout', 'success')).toContain('status: success');
  await expect(parser.writeStatus(MANIFEST, 'none', 'failed')).rejects.toThrow('the manifest has no changeset none');
});

describe('F46: a text that ends its parser', () => {
  it.each([
    ['by a crash', 'process.kill(process.pid, "SIGSEGV")', {}, /^it ended its parser 3 times \(ended with SIGSEGV\)$/],
    ['by its end', 'process.exit(0)', {}, /\(ended with 0\)$/],
    ['by going round for ever', 'for (;;);', { timeoutMs: 300 }, /\(no answer within 0.3 s\)$/],
    ['by taking all memory', 'for (;;) hoard.push(Array(1e5).fill({}))', { heapMiB: 32 }, /\(ended with SIGABRT\)$/],
  ])('%s is tried three times, each with a new process, and not again', async (_, end, options, why) => {
    const { parser, notes } = hostile(end, options);
    await expect(parser.statusesIn('x')).rejects.toMatchObject({
      name: 'UnreadableText',
      message: expect.stringMatching(why),
    });
    await expect(parser.statusesIn('x')).rejects.toMatchObject({ name: 'UnreadableText' });
    expect(new Set(notes().map(({ pid }) => pid)).size).toBe(3);
  });

  it('does not take others with it: the next text is read', async () => {
    const { parser } = hostile('args[0] === "bad" ? process.exit(3) : process.send({ result: [] })');
    const both = [parser.statusesIn('bad'), parser.statusesIn('good')];
    expect(await Promise.allSettled(both)).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: [] }]);
  });
});

it('a process that ended while nobody asked is not held against the next text', async () => {
  const { parser, notes } = hostile('process.send({ result: [] }); setImmediate(() => process.exit(0))');
  for (const text of ['a', 'b', 'c', 'd', 'e']) expect(await parser.statusesIn(text)).toEqual([]);
  expect(notes().length).toBeGreaterThan(1);
});

it('knows nothing of the worker: no environment but the channel to it', async () => {
  const { parser, notes } = hostile('process.send({ result: [] })');
  await parser.statusesIn('x');
  const [{ env, cwd }] = notes() as [{ env: Record<string, string>; cwd: string }];
  expect(Object.keys(env).filter((name) => !/^(NODE_CHANNEL_|PWD$|SHLVL$|_$|OLDPWD$)/.test(name))).toEqual([]);
  expect(cwd).toBe('/');
});
