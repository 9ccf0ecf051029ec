/** What the start of the whole chain costs, beside a bare bubblewrap: one after the other, in turns, so that both have the same machine. */
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Box } from '../activities/tests/box.ts';
import { openSandbox } from '../activities/tests/sandbox/openSandbox.ts';
import { USUAL_LIMITS } from '../src/limits.ts';
import type { TestRequest } from '../src/ports.ts';

const TIMES = 100;
const SCRIPT = '#!/bin/sh\necho begun\n';

export interface Cost {
  /** In ms, from the call to the first word of the script. */
  chain: number[];
  bare: number[];
}

export async function measureStart(cgroups: 'find' | 'without'): Promise<Cost> {
  const opened = await openSandbox({ cgroups, tools: [] });
  if ('fault' in opened) throw new Error(opened.fault);
  const root = await mkdtemp(join(tmpdir(), 'lockstep-start-cost-'));
  try {
    const cost: Cost = { chain: [], bare: [] };
    for (let turn = 0; turn < TIMES; turn += 1) {
      const request = await prepare(join(root, String(turn)));
      cost.chain.push(await startOfChain(opened.box, request));
      cost.bare.push(await startOfBare(`${request.scripts}/run_integration_tests.sh`));
    }
    return cost;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function startOfChain(box: Box, request: TestRequest): Promise<number> {
  const began = performance.now();
  const running = await box.start(request);
  await once(running.output, 'data');
  const milliseconds = performance.now() - began;
  await running.ended;
  running.kill();
  await running.gone();
  return milliseconds;
}

async function startOfBare(script: string): Promise<number> {
  const began = performance.now();
  const child = execa('bwrap', ['--ro-bind', '/', '/', script], { buffer: false });
  await once(child.stdout, 'data');
  const milliseconds = performance.now() - began;
  await child;
  return milliseconds;
}

async function prepare(folder: string): Promise<TestRequest> {
  const [workspace, scripts] = [join(folder, 'workspace'), join(folder, 'scripts')];
  await mkdir(workspace, { recursive: true });
  await mkdir(scripts);
  const file = join(scripts, 'run_integration_tests.sh');
  await writeFile(file, SCRIPT);
  await chmod(file, 0o755);
  const [environment, timeoutMs, network] = [{}, 20_000, { kind: 'loopback' } as const];
  return { run: 'start-cost', workspace, scripts, environment, timeoutMs, limits: USUAL_LIMITS, network };
}

export function costInWords({ chain, bare }: Cost): string {
  const at = (values: number[], part: number) =>
    values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * part)] ?? Number.NaN;
  const pair = (name: string, part: number) => {
    const [ours, theirs] = [at(chain, part), at(bare, part)];
    return `${name} ${ours.toFixed(1)} ms beside ${theirs.toFixed(1)} ms (${(ours / theirs).toFixed(1)} times)`;
  };
  return `start of the whole chain beside a bare bubblewrap, ${chain.length} of each in turns: ${pair('p50', 0.5)}, ${pair('p95', 0.95)}`;
}
