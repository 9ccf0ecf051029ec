/**
 * `npm run fuzz`: broken and hostile input in large numbers, with real processes where there are any. `--only
 * webhooks|manifests|comments|signals` (more than once), `--seed S` (default: of the day), `--count N` for all parts alike. A complaint names the seed of its
 * input: `--seed` with it and `--count 1` makes it again. The last line says `N passed, N failed`.
 */
import { parseArgs } from 'node:util';
import { fuzzComments } from '../fuzz/comments.ts';
import { fuzzManifests } from '../fuzz/manifests.ts';
import type { Part, Wish } from '../fuzz/part.ts';
import { fuzzSignals } from '../fuzz/signals.ts';
import { type Stand, withStand } from '../fuzz/stand.ts';
import { fuzzWebhooks } from '../fuzz/webhooks.ts';
import { withFaultStage } from './faultStage.ts';

const say = (line: string) => process.stderr.write(`lockstep: ${line}\n`);

const ALONE: Record<string, (wish: Wish) => Part> = { manifests: fuzzManifests, comments: fuzzComments };
const ON_A_STAND: Record<string, (stand: Stand, wish: Wish) => Promise<Part>> = {
  webhooks: fuzzWebhooks,
  signals: fuzzSignals,
};
const COUNTS: Record<string, number> = { webhooks: 100_000, manifests: 10_000, comments: 10_000, signals: 10_000 };

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      count: { type: 'string' },
    },
  });
  const seed = Number(values.seed ?? Math.floor(Date.now() / 86_400_000));
  const isWanted = (name: string) => values.only.length === 0 || values.only.includes(name);
  const wish = (name: string): Wish => ({ seed, count: Number(values.count ?? COUNTS[name]) });
  console.log(`seed ${seed}`);
  let [passed, failed] = [0, 0];
  const tell = ({ name, tried, complaints, figures }: Part) => {
    console.log(`${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${tried} ${name}: ${figures.join('; ')}`);
    for (const complaint of complaints) console.log(`         ${complaint}`);
    if (complaints.length === 0) passed += 1;
    else failed += 1;
  };
  for (const [name, fuzz] of Object.entries(ALONE)) if (isWanted(name)) tell(fuzz(wish(name)));
  const onStand = Object.entries(ON_A_STAND).filter(([name]) => isWanted(name));
  if (onStand.length > 0) {
    await withFaultStage({ say }, (stage) =>
      withStand(stage, async (stand) => {
        for (const [name, fuzz] of onStand) tell(await fuzz(stand, wish(name)));
      }),
    );
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : String(error));
  console.log('0 passed, 1 failed');
  return 1;
});
