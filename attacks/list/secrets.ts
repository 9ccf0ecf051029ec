/** For the App's key, and whatever else others hold. */
import { type Attack, shell, TRIED } from '../attack.ts';

export const SECRETS: Attack[] = [
  {
    name: 'secrets-in-environments',
    test: () =>
      shell(`
cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | sort -u
try 'the environment of the first process' cat /proc/1/environ`),
    tried: [/^LOCKSTEP_CHANGESET=/m, /^held: the environment of the first process$/m],
  },
  {
    name: 'key-file-and-accounts',
    test: ({ keyFile, webhookSecretFile, folder, dataDir, openFile }) =>
      shell(`
for file in ${keyFile} ${webhookSecretFile} ${openFile} /etc/shadow /root/.ssh /root/.npmrc /proc/1/root/etc/shadow; do
  try "$file" cat "$file"
done
ls -la ${folder} ${dataDir} ${dataDir}/mirrors ${dataDir}/logs / /home /root 2>&1
try mirrors ls ${dataDir}/mirrors`),
    tried: [/^held: .*app\.pem$/m, /^held: \/etc\/shadow$/m, /^held: mirrors$/m],
  },
  {
    name: 'first-process-made-green',
    test: () => `#!/usr/bin/python3
import os
# The process that says how this test ended runs as the same user: it is told to say that all is well.
def attempt(what, how):
    try:
        how()
        print('GOT', what, flush=True)
    except OSError as error:
        print('held:', what, error.strerror, flush=True)
def memory():
    maps = [line.split() for line in open('/proc/1/maps') if ' r-xp ' in line]
    with open('/proc/1/mem', 'r+b', buffering=0) as first:
        for area in maps[:1]:
            begin, end = (int(part, 16) for part in area[0].split('-'))
            first.seek(begin)
            # exit_group(0) after a slide over the whole of its code
            code = bytes.fromhex('31ffb8e70000000f05')
            first.write(b'\\x90' * (end - begin - len(code)) + code)
attempt('its report', lambda: open('/proc/1/fd/4', 'w').write('ended\\n'))
attempt('its memory', memory)
os._exit(${TRIED})
`,
    tried: [/^held: its memory/m, /^held: its report/m],
  },
  {
    name: 'other-workspaces',
    test: ({ dataDir }) =>
      shell(`
find / -xdev -name '*neighbour*' -not -path '/proc/*' 2>/dev/null | sed 's/^/GOT /'
try 'the workspaces of others' [ "$(ls ${dataDir}/workspaces | wc -l)" -gt 1 ]
try 'the marker of the neighbour' cat /dev/shm/marker
try 'the marker of the neighbour in /tmp' cat /tmp/marker
grep -rIl 'secret-of-the-neighbour' / --exclude-dir=proc --exclude-dir=usr --exclude-dir=tests 2>/dev/null | sed 's/^/GOT /'
echo looked`),
    tried: [/^held: the workspaces of others$/m, /^looked$/m],
  },
  {
    name: 'script-of-another-run',
    test: ({ dataDir }) =>
      shell(`
for n in $(seq 1 300); do
  for file in /proc/$n/cmdline /proc/$n/cwd/tests/* /proc/$n/root/run/*; do
    grep -qa "neighbo[u]r" "$file" 2>/dev/null && got "$file"
  done
done
ls -d ${dataDir}/workspaces/*/scripts | wc -l | grep -qx 1 && echo 'one folder of scripts'
try 'its own scripts, to change' touch ${dataDir}/workspaces/*/scripts/run_integration_tests.sh
try 'its own scripts, to replace' mv ${dataDir}/workspaces/*/scripts /tmp/`),
    tried: [/^one folder of scripts$/m, /^held: its own scripts, to change$/m],
  },
  {
    name: 'memory-of-everybody',
    test: ({ pids }) => `#!/usr/bin/python3
import os
for pid in [1, os.getppid(), ${pids.control}, ${pids.tests}]:
    for name in ['mem', 'maps', 'environ', 'fd/3', 'root/etc/passwd', 'cwd/x', 'auxv', 'stack', 'syscall', 'oom_score_adj']:
        for mode in ['rb', 'r+b']:
            try:
                with open(f'/proc/{pid}/{name}', mode) as file:
                    file.read(1)
                if not (name == 'oom_score_adj' and mode == 'rb'):
                    print('GOT', pid, name, mode)
            except OSError as error:
                print('held:', pid, name, mode, error.strerror)
raise SystemExit(${TRIED})
`,
    tried: [/^held: 1 mem rb Permission denied$/m, /^held: 1 mem r\+b Permission denied$/m],
  },
  {
    name: 'first-process-without-limits',
    test: () =>
      shell(`
try 'its open files' prlimit --pid 1 --nofile=0:0
try 'its processor time' prlimit --pid 1 --cpu=1:1
try 'its memory' prlimit --pid 1 --as=1:1
kill -STOP 1; kill -KILL 1; kill -TERM $PPID; kill -SEGV 1
try 'its priority for memory' sh -c 'echo 1000 > /proc/1/oom_score_adj'
echo still here`),
    tried: [/^held: its open files$/m, /^still here$/m],
  },
];
