import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFakeLogStore } from '../../activities/logs/fake.ts';
import { createFakeTestRunner, type FakeRun } from '../../activities/tests/fake.ts';
import { createTestRunner } from '../../activities/tests/runner.ts';
import { createUnsandboxedBox } from '../../activities/tests/unsandboxed.ts';
import type { LogStore, TestRunner } from '../../src/ports.ts';
import { processesNaming, waitFor } from '../support/processes.ts';
import { program } from '../support/program.ts';
import { prepareRun } from '../support/runs.ts';
import { openedSandbox } from '../support/sandboxes.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-runner-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** What a run does: as a script for the real runners, as a course of events for the fake. */
interface Behaviour {
  script: string;
  fake: FakeRun;
}

const prepare = (script: string, timeoutMs?: number) =>
  prepareRun(root, script, timeoutMs === undefined ? {} : { timeoutMs });

const live = (signal = new AbortController().signal) => ({ signal });

/** Acts when the script has written something. */
function watched(logs: LogStore, act: () => void): LogStore {
  return {
    ...logs,
    async create(id) {
      const writer = await logs.create(id);
      return {
        ...writer,
        write(chunk) {
          writer.write(chunk);
          act();
        },
      };
    },
  };
}

type Make = (logs: LogStore, fake: FakeRun) => TestRunner;

// Where bubblewrap is missing, `npm test` has said so aloud (and refused, in CI).
const choice = process.env.LOCKSTEP_TEST_SANDBOX;
const sandbox = choice === 'none' ? undefined : await openedSandbox(choice);
const sandboxes: [string, Make][] =
  sandbox === undefined ? [] : [['bubblewrap', (logs) => createTestRunner({ box: sandbox, logs })]];
const real: [string, Make][] = [
  ...sandboxes,
  ['no sandbox', (logs) => createTestRunner({ box: createUnsandboxedBox(), logs })],
];
const all: [string, Make][] = [...real, ['fake', (logs, fake) => createFakeTestRunner({ logs, decide: () => fake })]];

const PASSES: Behaviour = {
  script: '#!/bin/sh\necho out\necho err >&2\necho out again\n',
  fake: { output: 'out\nerr\nout again\n', end: { kind: 'exit', code: 0 } },
};
const FAILS: Behaviour = {
  script: '#!/bin/sh\nset -x\nsh -c "exit 3"\n',
  fake: { output: '+ sh -c exit 3\n', end: { kind: 'exit', code: 3 } },
};
const DIES: Behaviour = {
  script: '#!/bin/sh\nkill -SEGV $$\n',
  fake: { end: { kind: 'signal', signal: 'SIGSEGV' } },
};
const HANGS: Behaviour = {
  script: '#!/bin/sh\necho started\nsleep 3600\n',
  fake: { output: 'started\n', end: 'hangs' },
};

describe.each(all)('test runner: %s', (_, make) => {
  async function go(behaviour: Behaviour, timeoutMs?: number, alive = live()) {
    const logs = createFakeLogStore();
    const request = await prepare(behaviour.script, timeoutMs);
    const result = await make(logs, behaviour.fake).run(request, alive);
    const log = await logs.read(request.run);
    return { result, log: log === undefined ? undefined : await text(log), request };
  }

  test('a script that ends with 0 has passed, and both its outputs are the log, in order', async () => {
    const { result, log, request } = await go(PASSES);
    expect(result.end).toEqual({ kind: 'exit', code: 0 });
    expect(result.log).toEqual({ id: request.run, bytes: 18, truncated: false, tail: 'out\nerr\nout again\n' });
    expect(log).toBe('out\nerr\nout again\n');
    expect(result.durationMs).toBeGreaterThanOrEqual(0);
  });

  test('another exit code is a result that names the command', async () => {
    const { result } = await go(FAILS);
    expect(result.end).toEqual({ kind: 'exit', code: 3 });
    expect(result.log.failingCommand).toBe('sh -c exit 3');
  });

  test('a script killed by a signal says which', async () => {
    expect((await go(DIES)).result.end).toEqual({ kind: 'signal', signal: 'SIGSEGV' });
  });

  test('F13: a time-out is a result, with the log up to then', async () => {
    const { result } = await go(HANGS, 700);
    expect(result.end).toEqual({ kind: 'timeout', limitMs: 700 });
    expect(result.log.tail).toBe('started\n');
  });

  test('a cancelled run throws the reason, and is never red', async () => {
    const abort = new AbortController();
    await expect(go(HANGS, 60_000, live(AbortSignal.abort(new Error('too late'))))).rejects.toThrow('too late');
    await expect(
      (async () => {
        const logs = watched(createFakeLogStore(), () => abort.abort(new Error('the worker shuts down')));
        return make(logs, HANGS.fake).run(await prepare(HANGS.script), live(abort.signal));
      })(),
    ).rejects.toThrow('the worker shuts down');
  });
});

describe.each(real)('real processes: %s', (name, make) => {
  const run = async (script: string, timeoutMs?: number, logs = createFakeLogStore()) => {
    const request = await prepare(script, timeoutMs);
    return { request, result: await make(logs, PASSES.fake).run(request, live()) };
  };

  test('the script gets the promised environment and nothing of the worker', async () => {
    process.env.GITHUB_APP_PRIVATE_KEY = 'not for tests';
    const { result, request } = await run(
      '#!/bin/sh\nenv | cut -d= -f1 | sort | tr "\\n" " "; echo; pwd; node --version\n',
    );
    delete process.env.GITHUB_APP_PRIVATE_KEY;
    const [names, cwd, node] = result.log.tail.split('\n');
    expect(names?.trim().split(' ')).toEqual([
      'CI',
      'HOME',
      'LANG',
      'LOCKSTEP_CHANGESET',
      'LOCKSTEP_WORKSPACE',
      'PATH',
      'PWD',
    ]);
    expect(cwd).toBe(request.workspace);
    expect(node).toBe(process.version);
  });

  test('a missing, a forbidden and a broken script are red tests that say why', async () => {
    const request = await prepare('#!/no/such/interpreter\n');
    const runner = make(createFakeLogStore(), PASSES.fake);
    expect(await runner.run(request, live())).toMatchObject({ end: { kind: 'exit', code: 127 } });
    await chmod(join(request.scripts, 'run_integration_tests.sh'), 0o644);
    const forbidden = await runner.run(request, live());
    expect(forbidden).toMatchObject({ end: { kind: 'exit', code: 126 } });
    expect(forbidden.log.tail).toContain('Permission denied');
    await rm(join(request.scripts, 'run_integration_tests.sh'));
    expect(await runner.run(request, live())).toMatchObject({ end: { kind: 'exit', code: 127 } });
  });

  test('F14: children that it left behind are dead when it returns', async () => {
    const mark = `1${Math.floor(Math.random() * 1e8)}`;
    const leave = name === 'bubblewrap' ? `setsid sh -c 'trap "" TERM; sleep ${mark} & wait' >/dev/null 2>&1 &` : '';
    const { result } = await run(`#!/bin/sh\n${leave}\n(trap "" TERM; sleep ${mark}) &\nsleep ${mark} &\necho done\n`);
    expect(processesNaming(mark)).toEqual([]);
    expect(result.end).toEqual({ kind: 'exit', code: 0 });
  });

  test('200 children that ignore TERM are dead when a time-out returns', async () => {
    const mark = `2${Math.floor(Math.random() * 1e8)}`;
    const leave = name === 'bubblewrap' ? 'setsid' : '';
    const script = `#!/bin/sh\ntrap "" TERM INT HUP\nfor i in $(seq 200); do ${leave} sleep ${mark} >/dev/null 2>&1 & done\necho ready\nwait\n`;
    const { result } = await run(script, 1_500);
    expect(result).toMatchObject({ end: { kind: 'timeout' }, log: { tail: 'ready\n' } });
    expect(processesNaming(mark)).toEqual([]);
  });

  test('F12: the tree of a worker that is killed goes with it', async () => {
    const mark = `3${Math.floor(Math.random() * 1e8)}`;
    const request = await prepare(`#!/bin/sh\nsleep ${mark} &\nsleep ${mark}\n`);
    const { spawn } = await import('node:child_process');
    const worker = spawn(process.execPath, [...program('test/support/hold-runner.ts'), name, JSON.stringify(request)], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { PATH: process.env.PATH ?? '', LOCKSTEP_TEST_SANDBOX: choice ?? '' },
    });
    await waitFor('the script is running', () => processesNaming(mark).length >= 2);
    worker.kill('SIGKILL');
    await waitFor('its processes are gone', () => processesNaming(mark).length === 0, 2_000);
  });

  test('F15: a flood of output is drained, and kept in bounds', async () => {
    const logs = createFakeLogStore({ headBytes: 1000, tailBytes: 1000 });
    const { result } = await run('#!/bin/sh\nhead -c 30000000 /dev/zero | tr "\\0" x\necho end\n', 20_000, logs);
    expect(result).toMatchObject({ end: { kind: 'exit', code: 0 }, log: { bytes: 30_000_004, truncated: true } });
    expect(result.log.tail.endsWith('xxxend\n')).toBe(true);
  });
});

describe.each(sandboxes)('behind the walls: %s', (_, make) => {
  const run = async (script: string) => {
    const request = await prepare(`#!/bin/sh\n${script}\n`);
    const result = await make(createFakeLogStore(), PASSES.fake).run(request, live());
    return { request, out: result.log.tail };
  };

  test('only the workspace can be written to, and /tmp is the run’s own', async () => {
    const { request, out } = await run(
      'for f in /usr/x /dev/x /x /etc/x "$0" "$(dirname "$0")/x" /etc/passwd; do (echo x > "$f") 2>/dev/null && echo "wrote $f"; done\n' +
        'ls -A /tmp | grep -v lockstep-runner; touch /tmp/mine "$LOCKSTEP_WORKSPACE/../beside" made-here && echo wrote && ls',
    );
    expect(out).not.toContain('wrote /');
    expect(out).toBe('wrote\nmade-here\n');
    // What tests write ends with them: the host's disk has none of it.
    expect(await readdir(request.workspace)).toEqual([]);
    // This workspace is below /tmp, so beside it is the run's own /tmp too.
    expect(await readdir(join(request.workspace, '..'))).toEqual(['scripts', 'workspace']);
  });

  test('it sees no other workspace, no account file, no key, no other process', async () => {
    await writeFile(join(root, 'app-key.pem'), 'secret');
    const { out } = await run(
      `cat /etc/shadow ${root}/app-key.pem /root/.npmrc /home/* 2>/dev/null\nls ${root} | wc -l\nls -d /proc/[0-9]* | wc -l\nwc -l < /etc/passwd`,
    );
    const [workspaces, processes, accounts] = out.trim().split('\n').map(Number);
    expect(workspaces).toBe(1);
    expect(processes).toBeLessThanOrEqual(6);
    expect(accounts).toBe(2);
  });

  test('the worker’s environment is nowhere, not even in the sandbox’s own processes', async () => {
    process.env.GITHUB_APP_PRIVATE_KEY = 'not-for-tests';
    const { out } = await run('cat /proc/[0-9]*/environ | tr "\\0" "\\n" | sort -u');
    delete process.env.GITHUB_APP_PRIVATE_KEY;
    expect(out).toContain('LOCKSTEP_CHANGESET=checkout-v2');
    expect(out).not.toMatch(/GITHUB_APP_PRIVATE_KEY|not-for-tests|NODE_OPTIONS/);
  });

  test('it has a loopback of its own and no other network', async () => {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.end('host')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const program = `
      const net = require('node:net');
      const dial = (port, host) => new Promise((r) => net.connect(port, host).on('data', (d) => r(String(d))).on('error', (e) => r(e.code)));
      const own = net.createServer((s) => s.end('own')).listen(0, '127.0.0.1', async () => {
        console.log(await dial(own.address().port, '127.0.0.1'), await dial(${port}, '127.0.0.1'), await dial(80, '192.0.2.1'));
        own.close();
      });`;
    const { out } = await run(`cat > dial.cjs <<'E'\n${program}\nE\nnode dial.cjs`);
    server.close();
    expect(out).toBe('own ECONNREFUSED ENETUNREACH\n');
  });

  test('it has no rights, and can make no namespace', async () => {
    const { out } = await run(
      'grep -E "^Cap(Eff|Prm|Bnd)" /proc/self/status\nid -u\nunshare -U true 2>/dev/null && echo unshared\nmount -t tmpfs none /tmp 2>/dev/null && echo mounted\nkill -9 -1 2>/dev/null; true',
    );
    expect(out.match(/0000000000000000/g)?.length).toBe(3);
    expect(out).toContain('\n1000\n');
    expect(out).not.toMatch(/unshared|mounted/);
  });

  test('system calls that reach around the walls, or make a namespace, are refused', async () => {
    const calls = { io_uring_setup: 425, add_key: [248, 217], keyctl: [250, 219], bpf: [321, 280], unshare: [272, 97] };
    const numbers = Object.values(calls).map((call) =>
      Array.isArray(call) ? call[process.arch === 'x64' ? 0 : 1] : call,
    );
    const program = `
      for (${numbers.join(', ')}) { print syscall($_, 0x10000000, 0, 0, 0, 0), " ", $!+0, "\\n" }
      for (40, 38, 17) { print socket(my $s, $_, 1, 0) ? "open" : $!+0, "\\n" }
      for (1, 2, 10) { print socket(my $s, $_, 1, 0) ? "open" : $!+0, "\\n" }`;
    const clone = process.arch === 'x64' ? 56 : 220;
    const cloned = await run(
      `perl -e 'my $r = syscall(${clone}, 0x10000000 | 17, 0, 0, 0, 0); exit if $r == 0; print $r < 0 ? "refused" : "cloned"'`,
    );
    expect(cloned.out).toBe('refused');
    const { out } = await run(`perl -e '${program.replaceAll('\\\\n', '\\n')}'`);
    const [EPERM, EAFNOSUPPORT] = ['-1 1', '97'];
    expect(out.trim().split('\n')).toEqual([
      ...numbers.map(() => EPERM),
      ...[EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT],
      ...['open', 'open', 'open'],
    ]);
  });

  test('it cannot reach into the sandbox’s first process, which says how it ended', async () => {
    const { out } = await run(
      [
        'echo "$PPID $(cut -d" " -f4 /proc/self/stat)" | cut -d" " -f1',
        'for door in mem maps environ fd/1 fd/3 fd/4 cwd/x; do',
        '  (: < /proc/1/$door) 2>/dev/null && echo "read $door"',
        '  (: > /proc/1/$door) 2>/dev/null && echo "wrote $door"',
        'done',
        'prlimit --pid 1 --nofile=0:0 2>/dev/null && echo "limited"',
        'prlimit --nofile=64:64 echo its own limits are its own',
      ].join('\n'),
    );
    expect(out).toBe('1\nits own limits are its own\n');
  });

  test('a sandbox that cannot be set up throws, and is no red test', async () => {
    const request = await prepare('#!/bin/sh\n');
    const runner = make(createFakeLogStore(), PASSES.fake);
    await rm(request.workspace, { recursive: true });
    await expect(runner.run(request, live())).rejects.toThrow(/no such file/i);
    await writeFile(request.workspace, 'a file where a folder belongs');
    await expect(runner.run(request, live())).rejects.toThrow('the sandbox could not be run: ');
  });
});
