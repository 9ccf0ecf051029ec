/** A whole Lockstep with what is planted around it: the real server, control worker and test worker, each with its own secrets alone. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Kept, Wanted } from '../../faults/supervisor.ts';
import { until } from '../../faults/until.ts';
import { createWorld, type Stage, type World } from '../../faults/world.ts';
import type { Targets } from '../attack.ts';
import { setTraps, type Traps } from './traps.ts';
import { startWatch, type Watch } from './watch.ts';

export interface Host {
  world: World;
  traps: Traps;
  watch: Watch;
  targets: Targets;
  /** Strings that must be in no log of a test. */
  secrets(): string[];
  stop(files: 'keep' | 'remove'): Promise<void>;
}

/** Of the worker's environment, what a worker for tests may hold. */
const NOT_FOR_TESTS = /^(GITHUB_APP_|SLACK_|GITHUB_API_URL)/;

export async function openHost(stage: Stage): Promise<Host> {
  const world = await createWorld(stage, { faults: [] });
  const undo: (() => Promise<unknown>)[] = [];
  const stop: Host['stop'] = async (files) => {
    for (const step of undo.reverse()) await step();
    await world.stop(files);
  };
  try {
    const traps = await setTraps(world.folder);
    undo.push(() => traps.stop());
    const watch = startWatch(stage.compiled, join(world.dataDir, 'workspaces'));
    undo.push(() => watch.stop());
    const canaries = { control: newCanary(), tests: newCanary() };
    const { control, tests } = await startAll(world, canaries);
    const secrets = () => [...world.secrets(), traps.canary, canaries.control, canaries.tests];
    return { world, traps, watch, targets: targetsOf(world, traps, { control, tests }), secrets, stop };
  } catch (error) {
    await stop('remove');
    throw error;
  }
}

const newCanary = () => `canary-${randomBytes(12).toString('hex')}`;

async function startAll({ wanted, supervisor, serverUrl, stage }: World, canaries: { control: string; tests: string }) {
  const main = (
    from: Wanted,
    name: string,
    { file, args = [], env }: { file: string; args?: string[]; env: Record<string, string> },
  ) => supervisor.keep({ ...from, name, args: [join(stage.compiled, 'server', file), ...args], env });
  const { server, worker } = wanted;
  const forTests = Object.fromEntries(Object.entries(worker.env).filter(([name]) => !NOT_FOR_TESTS.test(name)));
  main(server, 'server', { file: 'main.js', env: server.env });
  const control = main(worker, 'control', {
    ...{ file: 'worker.js', args: ['--role', 'control'] },
    env: { ...worker.env, CANARY: canaries.control },
  });
  const tests = main(worker, 'tests', {
    ...{ file: 'worker.js', args: ['--role', 'tests'] },
    env: { ...forTests, CANARY: canaries.tests },
  });
  await until('the workers to poll', async () => (await fetch(`${serverUrl}/readyz`)).ok);
  return { control, tests };
}

function targetsOf(world: World, traps: Traps, { control, tests }: { control: Kept; tests: Kept }): Targets {
  const { folder, dataDir, temporal, github, serverUrl } = world;
  const portOf = (url: string) => Number(/:(\d+)\/?$/.exec(url)?.[1]);
  const { openFile, openFolder, port, address, unixSocket, abstractSocket } = traps;
  return {
    ...{ folder, dataDir, openFile, openFolder, port, address, unixSocket, abstractSocket },
    keyFile: join(folder, 'app.pem'),
    webhookSecretFile: join(folder, 'webhook-secret'),
    ports: { temporal: portOf(temporal.address), github: portOf(github.url), server: portOf(serverUrl) },
    pids: { control: control.pid(), tests: tests.pid() },
  };
}
