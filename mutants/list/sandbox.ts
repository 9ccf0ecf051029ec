/** Layers of the sandbox that tests run in. */
import { attack, type Edit, type Mutant, test } from '../mutant.ts';

/** A worker tries each layer before it begins, and would refuse to: here it begins. */
const NOT_TRIED_AT_START: Edit = {
  file: 'activities/tests/sandbox/openSandbox.ts',
  from: 'const broken = await selfTestFault(box, found !== undefined);',
  to: 'const broken = undefined as string | undefined;',
};

const NO_FILTER: Edit = {
  file: 'activities/tests/sandbox/createSandbox.ts',
  from: ", '--seccomp', String(SECCOMP_FD)",
  to: '',
};

const FOR_A_DAY = 'a test that breaks it is run again for a day, and an attack would wait for its end';

export const SANDBOX: Mutant[] = [
  {
    measure: 'sandbox: a network of its own',
    edits: [
      NOT_TRIED_AT_START,
      {
        file: 'activities/tests/sandbox/createSandbox.ts',
        from: "'--unshare-all',",
        to: "'--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try',",
      },
    ],
    hunters: [attack('loopback-of-the-host')],
  },
  {
    measure: 'sandbox: the system call filter',
    edits: [NOT_TRIED_AT_START, NO_FILTER],
    hunters: [attack('keyrings')],
  },
  {
    measure: 'sandbox: no namespaces in it',
    behind: [NOT_TRIED_AT_START, NO_FILTER],
    edits: [{ file: 'activities/tests/sandbox/createSandbox.ts', from: "'--disable-userns',", to: '' }],
    hunters: [attack('namespaces-by-programs')],
  },
  {
    measure: 'sandbox: a first process that cannot be read',
    edits: [
      NOT_TRIED_AT_START,
      { file: 'activities/tests/sandbox/launch.ts', from: 'install -m 0111', to: 'install -m 0755' },
    ],
    hunters: [attack('memory-of-everybody')],
  },
  {
    measure: 'sandbox: a first process whose limits are its own',
    edits: [{ file: 'activities/tests/seccomp/denied.ts', from: 'when: { isNot: [ONESELF] }', to: 'when: { is: [] }' }],
    hunters: [test('test/contract/test-runner.test.ts', 'it cannot reach into the sandbox’s first process', FOR_A_DAY)],
  },
  {
    measure: 'sandbox: a first process that no signal ends',
    edits: [{ file: 'activities/tests/sandbox/createSandbox.ts', from: '`${HARMLESS}; read -r', to: '`read -r' }],
    hunters: [test('test/contract/test-limits.test.ts', 'cannot be feigned from inside', FOR_A_DAY)],
  },
  {
    measure: 'sandbox: an empty environment',
    edits: [
      NOT_TRIED_AT_START,
      { file: 'activities/tests/sandbox/createSandbox.ts', from: "'--clearenv', ", to: '' },
      { file: 'activities/tests/sandbox/chain.ts', from: 'extendEnv: false', to: 'extendEnv: true' },
    ],
    hunters: [attack('secrets-in-environments')],
  },
  {
    measure: 'sandbox: a root that is read-only',
    edits: [
      NOT_TRIED_AT_START,
      { file: 'activities/tests/sandbox/view.ts', from: "'--remount-ro', '/', '--chdir'", to: "'--chdir'" },
    ],
    hunters: [attack('writes-to-the-system')],
  },
  {
    measure: 'sandbox: no cores',
    edits: [{ file: 'activities/tests/sandbox/launch.ts', from: "'--core=1'", to: "'--core=unlimited'" }],
    hunters: [attack('core-dumps')],
  },
  {
    measure: 'sandbox: the limit of memory',
    edits: [
      NOT_TRIED_AT_START,
      {
        file: 'activities/tests/cgroup/v1.ts',
        from: "await writeFile(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytes));",
        to: '',
      },
      {
        file: 'activities/tests/cgroup/v1.ts',
        from: "const counted = await setWhereKnown(join(memory, 'memory.memsw.limit_in_bytes'), String(limits.memoryBytes));",
        to: 'const counted = true;',
      },
    ],
    hunters: [attack('memory-of-many-processes')],
  },
  {
    measure: 'sandbox: the limit of processes',
    edits: [
      {
        file: 'activities/tests/cgroup/v1.ts',
        from: "await writeFile(join(pids, 'pids.max'), String(limits.processes + OWN_PROCESSES));",
        to: '',
      },
      NOT_TRIED_AT_START,
    ],
    hunters: [
      test(
        'test/contract/test-limits.test.ts',
        'a fork bomb is a red test',
        'without it a fork bomb goes on until its time is over',
      ),
    ],
  },
];
