/** Tries every layer of a sandbox from inside, and each limit by meeting it. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEAST_LIMITS, type LimitName, type Limits } from '../../../src/limits.ts';
import type { LogStore, TestEnd, TestRequest } from '../../../src/ports.ts';
import { overLimit } from '../../../src/report/limits.ts';
import type { Box } from '../box.ts';
import { createTestRunner } from '../runner.ts';

const MIB = 1024 ** 2;
const WITHIN_MS = 20_000;
const LIMITS: Limits = { ...LEAST_LIMITS, memoryBytes: 64 * MIB, processes: 32, cpus: 1, outputBytes: 64 * 1024 };

interface Probe {
  /** What does not hold when it goes otherwise. */
  layer: string;
  script: string;
  /** The limit that it must meet; else it must pass. */
  meets?: LimitName;
}

/** Each line of output is something that should not be. */
const WALLS = `
has() { grep -q "^$1:[[:space:]]*$2$" /proc/self/status || echo "$3 ($(grep "^$1:" /proc/self/status))"; }
has CapEff 0000000000000000 'the tests have rights'
has CapPrm 0000000000000000 'the tests may take rights'
has CapBnd 0000000000000000 'the tests may be given rights'
has NoNewPrivs 1 'programs may give the tests rights'
has Seccomp 2 'there is no system call filter'
[ "$(id -u)" = 1000 ] || echo "the tests are user $(id -u)"
unshare -U true 2>/dev/null && echo 'the tests can make namespaces'
mount -t tmpfs none /tmp 2>/dev/null && echo 'the tests can mount'
grep -v -e '|' -e '^ *lo:' /proc/net/dev && echo 'there is a network'
for folder in / /usr /etc /dev /proc/sys/kernel "$(dirname "$0")"; do
  (: > "$folder/lockstep-probe") 2>/dev/null && echo "the tests can write to $folder"
done
for folder in . /tmp /dev/shm; do
  (: > "$folder/lockstep-probe") 2>/dev/null || echo "the tests cannot write to $folder"
done
ls -l /proc/self/fd | grep -e '->' | grep -v -e ' [012] ->' -e '-> /proc/' -e '-> /dev/null' && echo 'files of the worker are open'
for door in mem fd/4; do
  (: < "/proc/1/$door") 2>/dev/null && echo "the tests can reach into the sandbox's first process ($door)"
done
[ "$(ls -d /proc/[0-9]* | wc -l)" -lt 10 ] || echo 'the tests see other processes'
exit 0
`;

const PROBES: Probe[] = [
  { layer: 'its walls', script: WALLS },
  { layer: 'the bound of its disk', script: 'head -c 8000000 /dev/zero > big', meets: 'disk' },
];

/** Only a control group counts a run as a whole. */
const GROUP_PROBES: Probe[] = [
  {
    layer: 'the limit of memory',
    script: 'head -c 256000000 /dev/zero | tail -c 256000000 > /dev/null',
    meets: 'memory',
  },
  { layer: 'the limit of processes', script: 'for i in $(seq 64); do sleep 20 & done; wait', meets: 'processes' },
];

/** What does not hold, as a sentence; `undefined` when all does. */
export async function selfTestFault(box: Box, grouped: boolean): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-self-test-'));
  try {
    const probes = [...PROBES, ...(grouped ? GROUP_PROBES : [])];
    const faults = await Promise.all(
      probes.map(async (probe) => {
        const fault = await tried(box, probe, join(folder, randomUUID()));
        return fault === undefined ? [] : [`${probe.layer}: ${fault}`];
      }),
    );
    return faults.flat()[0];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function tried(box: Box, probe: Probe, folder: string): Promise<string | undefined> {
  const output: Buffer[] = [];
  const runner = createTestRunner({ box, logs: keptIn(output) });
  try {
    const { end } = await runner.run(await prepare(probe, folder), { signal: AbortSignal.timeout(WITHIN_MS) });
    return faultOf(probe, end, Buffer.concat(output).toString().trim());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function faultOf({ meets }: Probe, end: TestEnd, output: string): string | undefined {
  if (meets !== undefined) {
    const expected = overLimit(meets, LIMITS);
    return end.kind === 'limit' && end.limit === expected
      ? undefined
      : `expected that the tests ${expected}, found ${JSON.stringify(end)} ${output}`.trim();
  }
  if (output !== '') return output.replaceAll('\n', '; ');
  return end.kind === 'exit' && end.code === 0 ? undefined : `a script ended with ${JSON.stringify(end)}`;
}

async function prepare({ script }: Probe, folder: string): Promise<TestRequest> {
  const [workspace, scripts] = [join(folder, 'workspace'), join(folder, 'scripts')];
  await mkdir(workspace, { recursive: true });
  await mkdir(scripts);
  const file = join(scripts, 'run_integration_tests.sh');
  await writeFile(file, `#!/bin/sh\n${script}`);
  await chmod(file, 0o755);
  const [network, limits] = [{ kind: 'loopback' } as const, LIMITS];
  return { run: 'self-test', workspace, scripts, environment: {}, timeoutMs: WITHIN_MS, limits, network };
}

function keptIn(output: Buffer[]): LogStore {
  const log = { id: '', bytes: 0, truncated: false, tail: '' };
  return {
    create: async () => ({ write: (chunk) => void output.push(Buffer.from(chunk)), close: async () => log }),
    read: async () => undefined,
    prune: async () => 0,
  };
}
