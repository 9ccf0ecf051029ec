/** Processes that kill, hide, multiply or will not die. */
import { type Attack, shell, TRIED } from '../attack.ts';
import { MARK } from '../host/left.ts';

export const PROCESSES: Attack[] = [
  {
    name: 'kill-everybody',
    test: () =>
      shell(`
(kill -KILL -1) 2>/dev/null &
wait
for pid in $(seq 1 400); do [ $pid = $$ ] || kill -KILL $pid 2>/dev/null; done
kill -KILL 1
echo killed what there was`),
    tried: [],
    // It kills itself: whoever is killed may be a victim, so it is run again twice before it is red.
    ends: { signal: 'SIGKILL' },
    runs: 3,
  },
  {
    name: 'kill-everybody-else',
    test: ({ pids }) => `#!/usr/bin/python3
import os, signal
try:
    os.kill(-1, signal.SIGKILL)
except ProcessLookupError:
    print('there is nobody else')
for pid in [1, ${pids.control}, ${pids.tests}] + list(range(3, 3000)):
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGUSR2):
        try:
            if pid != os.getpid():
                os.kill(pid, number)
                if pid != 1:
                    print('GOT', pid)
        except OSError:
            pass
print('alive', flush=True)
os._exit(${TRIED})
`,
    tried: [/^alive$/m],
  },
  {
    name: 'daemons',
    test: () =>
      shell(`
for i in $(seq 20); do
  (trap '' TERM INT HUP; setsid sh -c 'trap "" TERM; (sleep ${MARK} &) ; sleep ${MARK}' < /dev/null > /dev/null 2>&1 &) &
done
setsid nohup sleep ${MARK} > /dev/null 2>&1 &
(exec -a '[kworker/0:1]' setsid sleep ${MARK} &)
until [ "$(pgrep -fc 'sleep ${MARK}')" -ge 22 ]; do :; done
echo "left $(pgrep -fc 'sleep ${MARK}') daemons"`),
    tried: [/^left \d+ daemons$/m],
    ends: { exit: TRIED },
    setting: 'usual',
  },
  {
    name: 'daemons-that-hold-the-log',
    test: () =>
      shell(`
for i in 1 2 3 4 5; do setsid sh -c 'trap "" TERM PIPE; exec sleep ${MARK}' & done
echo left`),
    tried: [/^left$/m],
    ends: { exit: TRIED },
  },
  {
    name: 'fork-bomb',
    test: () => '#!/bin/bash\nbomb() { bomb | bomb & }\nbomb\nwhile :; do bomb; done 2>/dev/null\n',
    tried: [],
    ends: { limit: 'processes' },
    setting: 'narrow',
  },
  {
    name: 'exit-code-of-others',
    test: () => `#!/usr/bin/python3
import os, signal
# Orphans that end well, at the moment at which it ends badly: the first process collects them all.
for _ in range(60):
    if os.fork() == 0:
        if os.fork() == 0:
            os.kill(os.getppid(), 0)
            os._exit(0)
        os._exit(0)
for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGUSR1, signal.SIGALRM, signal.SIGPIPE):
    os.kill(1, number)
print('told it')
os.kill(1, signal.SIGCONT)
os._exit(${TRIED})
`,
    tried: [],
    ends: { exit: TRIED },
  },
  {
    name: 'core-dumps',
    test: () =>
      shell(`
ulimit -c unlimited 2>/dev/null && got 'a limit for cores'
for i in 1 2 3; do python3 -c 'import os; os.abort()'; done 2>/dev/null
find / -xdev -name 'core*' -size +8k -newer "$0" -not -path '/proc/*' -not -path '/usr/*' 2>/dev/null | sed 's/^/GOT /'
grep -q '^Max core file size  *1  *1 ' /proc/self/limits && echo 'one byte of a core'`),
    tried: [/^one byte of a core$/m],
  },
  {
    name: 'sleeps-for-ever',
    test: () => `#!/bin/bash\ntrap '' TERM INT HUP\necho asleep\nwhile :; do sleep ${MARK}; done\n`,
    tried: [/^asleep$/m],
    ends: 'timeout',
    setting: 'timeout',
  },
  {
    name: 'spins-on-every-processor',
    test: () =>
      '#!/bin/bash\ntrap "" TERM\necho spinning\nfor i in 1 2 3 4 5 6 7 8; do while :; do :; done & done\nwait\n',
    tried: [/^spinning$/m],
    ends: 'timeout',
    setting: 'timeout',
  },
];
