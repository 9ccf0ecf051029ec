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
];
