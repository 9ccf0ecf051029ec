/** The attacks that matter most, through the whole pipeline; `npm run attacks` has all of them. */
import { expect, test } from '@jest/globals';
import { ATTACKS } from '../../attacks/list.ts';
import { runAttacks } from '../../attacks/run.ts';
import { attacksOnServer } from '../../scripts/attackStage.ts';
import { onTestServer } from '../support/faults.ts';

const CHOSEN = [
  'secrets-in-environments',
  'key-file-and-accounts',
  'first-process-made-green',
  'exit-code-of-others',
  'loopback-of-the-host',
  'daemons',
  'nested-namespaces',
  'writes-to-the-system',
];

const sandboxed = process.env.LOCKSTEP_TEST_SANDBOX === 'none' ? test.skip : test;

sandboxed('what a branch tries against the host of its tests is held, and its neighbour lands', async () => {
  const attacks = ATTACKS.filter(({ name }) => CHOSEN.includes(name));
  expect(attacks).toHaveLength(CHOSEN.length);
  const { verdicts, complaints } = await onTestServer(
    (stage) => runAttacks(stage, attacks, () => undefined),
    attacksOnServer,
  );
  expect(verdicts.filter((one) => one.complaints.length > 0)).toEqual([]);
  expect(verdicts).toHaveLength(CHOSEN.length);
  expect(complaints).toEqual([]);
});
