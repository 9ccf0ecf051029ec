/** Some hundreds of broken inputs of each kind; `npm run fuzz` has them by the ten thousand. */
import { expect, test } from '@jest/globals';
import { fuzzComments } from '../../fuzz/comments.ts';
import { fuzzManifests } from '../../fuzz/manifests.ts';
import type { Part } from '../../fuzz/part.ts';
import { fuzzSignals } from '../../fuzz/signals.ts';
import { withStand } from '../../fuzz/stand.ts';
import { fuzzWebhooks } from '../../fuzz/webhooks.ts';
import { onTestServer } from '../support/faults.ts';

const SEED = 1;

const held = ({ complaints }: Part) => expect(complaints).toEqual([]);

test('manifests', () => held(fuzzManifests({ seed: SEED, count: 500 })));
test('comments', () => held(fuzzComments({ seed: SEED, count: 500 })));
test('webhooks and signals to a running Lockstep', async () => {
  const parts = await onTestServer((stage) =>
    withStand(stage, async (stand) => [
      await fuzzWebhooks(stand, { seed: SEED, count: 500 }),
      await fuzzSignals(stand, { seed: SEED, count: 200 }),
    ]),
  );
  expect(parts.map(({ name }) => name)).toEqual(['webhooks', 'signals']);
  parts.forEach(held);
});
