import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { createWorld, manifest, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: ['acme/contracts', 'acme/api', 'acme/web'] });
}, 120_000);
afterAll(() => world?.stop());

test('one changeset in two repositories goes from webhook to main of both', async () => {
  const head = await world.branch('acme/api', 'feature/one', { 'one.txt': '1\n' });
  await world.branch('acme/web', 'feature/one', { 'one.txt': '1\n' });
  const number = await world.submit(
    manifest({ name: 'one', on: { 'acme/api': 'feature/one', 'acme/web': 'feature/one' } }),
  );
  await until('the merge', () => world.merged(number), 60_000);
  expect(await world.landed('acme/api', head)).toBe(true);
}, 120_000);
