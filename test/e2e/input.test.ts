/** Bad input through the whole pipeline: what people read on their pull request, and that the queue goes on. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, manifest, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: ['acme/api', 'acme/web'], workerFile: 'test/support/hostileParserWorker.ts' });
}, 300_000);
afterAll(() => world?.stop());

/** The one comment on a pull request whose manifest cannot be run: the lines with the problems. */
async function problemsTold(number: number): Promise<string[]> {
  await until('the failed check', async () => (await world.check(number))?.conclusion === 'failure');
  const [comment = '', ...more] = await world.comments(number);
  expect(more).toEqual([]);
  expect(comment).toContain('Nothing was tested and nothing landed.');
  return comment.split('\n').filter((line) => line.startsWith('- '));
}

test('F46: a manifest that the parser dies of three times is invalid, and the next one lands; mended, it lands too', async () => {
  const heads = [
    await world.branch('acme/api', 'feature/plain', { 'a.txt': 'a' }),
    await world.branch('acme/web', 'feature/deadly', { 'a.txt': 'a' }),
  ];
  const deadly = manifest({ name: 'dies-by-abort', on: { 'acme/web': 'feature/deadly' } });
  const number = await world.submit(deadly, { branch: 'deadly' });
  const next = await world.submit(manifest({ name: 'plain', on: { 'acme/api': 'feature/plain' } }));
  expect(await problemsTold(number)).toEqual([
    '- `changesets/deadly.yaml:1:1` the file cannot be read: it ended its parser 3 times (ended with SIGABRT). Write it in a simpler form',
  ]);
  await world.whenMerged(next);
  expect(await world.landed('acme/api', heads[0] ?? '')).toBe(true);
  await world.github.admin.commit(COORDINATOR, 'deadly', {
    files: { 'changesets/deadly.yaml': deadly.replace('dies-by-abort', 'lives') },
    message: 'Mend',
    author: 'ann',
  });
  await world.whenMerged(number);
  expect(await world.landed('acme/web', heads[1] ?? '')).toBe(true);
  expect((await world.comments(number))[0]).toContain('The manifest is valid now');
}, 300_000);
