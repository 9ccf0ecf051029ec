/** `npm run demo`: the main job on embedded parts, from an opened pull request to `main` of several repositories. */
import { Command } from 'commander';
import { sandboxChoice } from '../../../scripts/sandbox.ts';
import { changesetWorkflowId, pipelineWorkflowId } from '../../../src/changeset.ts';
import { workflowLink } from '../../../src/report/links.ts';
import { obtainTemporal } from '../temporal/obtain.ts';
import { createShow } from './progress.ts';
import { AUTHOR, buildShop, COORDINATOR } from './shop.ts';
import { buildStand, type Stand } from './stand.ts';
import { runStory } from './story.ts';
import { readMains, verify } from './verify.ts';

const out = process.stdout;
const print = (line = '') => void out.write(`${line}\n`);

const { keep } = new Command('demo')
  .description('Shows Lockstep at work on a local GitHub and a real Temporal')
  .option('--keep', 'leave everything up until Ctrl-C')
  .parse()
  .opts<{ keep?: true }>();

// They stay: execa has listeners of its own, and ends the process at once where it finds itself alone.
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve('interrupted'));
});

async function main(): Promise<number> {
  const sandbox = await sandboxChoice(process.env, print);
  const temporal = await obtainTemporal({ say: print, environment: process.env });
  const { TEMPORAL_ADDRESS: temporalAddress } = process.env;
  const source = temporalAddress ? 'TEMPORAL_ADDRESS' : homeShortened(temporal.source);
  const stand = await buildStand({
    temporalPath: temporal.path,
    ...(temporalAddress && { temporalAddress }),
    temporalSource: source,
    sandbox,
    say: print,
    environment: process.env,
  });
  try {
    const code = await Promise.race([show(stand, temporal.path), interrupted]);
    if (code === 'interrupted') return 130;
    if (keep) {
      print('\nEverything stays up until Ctrl-C.');
      await interrupted;
    }
    return code;
  } finally {
    await stand.stop();
  }
}

async function show(stand: Stand, temporalPath: string): Promise<number> {
  const { github } = stand;
  const shop = await buildShop(github);
  const before = await readMains(github);
  const pullRequest = await shop.open();
  print(`Pull request ${github.url}/${COORDINATOR}/pull/${pullRequest}\n`);
  await runStory(stand, { pullRequest, temporalPath, show: createShow(out) });

  const { mains, outcomes, differences } = await verify(github, { before, heads: shop.heads });
  print('\nChecked against git:');
  for (const line of mains) print(`  ${line}`);
  print(`\nOutcomes, as the manifest on main of ${COORDINATOR} has them:`);
  for (const line of outcomes) print(`  ${line}`);
  printLinks(stand, { pullRequest, temporalPath, token: shop.token });
  if (differences.length === 0) {
    print('\nEverything ended as expected.');
    return 0;
  }
  print('\nNOT as expected:');
  for (const difference of differences) print(`  ${difference}`);
  return 1;
}

function printLinks(stand: Stand, about: { pullRequest: number; temporalPath: string; token: string }): void {
  const { pullRequest, temporalPath, token } = about;
  const { github, temporal, serverUrl, workerMetricsUrl } = stand;
  const links = temporal.uiUrl ? { temporalUi: { url: temporal.uiUrl, namespace: temporal.namespace } } : {};
  const first = changesetWorkflowId({ coordinator: COORDINATOR, pullRequest, name: 'price-in-cents' });
  print(keep ? '\nLook around:' : '\nWith --keep these would stay up to look at:');
  print(`  the pull request     ${github.url}/${COORDINATOR}/pull/${pullRequest}`);
  print(`  the repositories     ${github.url}`);
  print(`  its pipeline         ${workflowLink(links, pipelineWorkflowId(COORDINATOR, pullRequest)) ?? 'in Temporal'}`);
  print(`  price-in-cents       ${workflowLink(links, first) ?? 'in Temporal'}`);
  print(`  metrics              ${serverUrl}/metrics (server), ${workerMetricsUrl} (worker)`);
  if (!keep) return;
  print('\nFor its commands, in another terminal:');
  print(`  export TEMPORAL_ADDRESS=${temporal.address} TEMPORAL_NAMESPACE=${temporal.namespace}`);
  print(`  alias temporal=${homeShortened(temporalPath)}`);
  print(`\nFor pull requests of your own (README, Play with it), as ${AUTHOR}:`);
  print(`  export GITHUB=${github.url.replace('://', `://${AUTHOR}:${token}@`)}`);
}

function homeShortened(text: string): string {
  const { HOME: home } = process.env;
  return home ? text.replace(`${home}/`, '~/') : text;
}

process.exit(
  await main().catch((error: unknown) => {
    // With a cause it is told in our words; without one it is a fault of ours, and where it was is of use.
    print(error instanceof Error ? (error.cause ? error.message : (error.stack ?? error.message)) : String(error));
    return 1;
  }),
);
