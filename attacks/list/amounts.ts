/** Too much of everything: memory, disk, files, output. */
import { type Attack, TRIED } from '../attack.ts';

const node = (text: string) => `#!/usr/bin/env node\n${text}\n`;

export const AMOUNTS: Attack[] = [
  {
    name: 'memory-bomb',
    test: () => node("const kept = []; console.log('begun'); for (;;) kept.push(Buffer.alloc(8 << 20, 1));"),
    tried: [],
    ends: { limit: 'memory' },
    setting: 'narrow',
  },
  {
    name: 'memory-of-many-processes',
    test: () =>
      '#!/bin/bash\nfor i in $(seq 10); do (head -c 30000000 /dev/zero | tail -c 30000000 | (read -t 15 -n 1 < /dev/zero; sleep 15)) & done\nwait\n',
    tried: [],
    ends: { limit: 'memory' },
    setting: 'narrow',
  },
  {
    name: 'memory-as-files',
    test: () => '#!/bin/bash\nhead -c 500000000 /dev/zero > /dev/shm/big || echo full\nexit 7\n',
    tried: [],
    ends: { limit: 'disk' },
    setting: 'narrow',
  },
  {
    name: 'fills-the-disk',
    test: () =>
      '#!/bin/bash\nfor i in $(seq 100); do head -c 5000000 /dev/zero > big-$i 2>/dev/null || break; done\nexit 0\n',
    tried: [],
    ends: { limit: 'disk' },
    setting: 'narrow',
  },
  {
    name: 'fills-the-inodes',
    test: () =>
      '#!/usr/bin/python3\nimport itertools\nfor i in itertools.count():\n    open(f"/tmp/{i}", "w").close()\n',
    tried: [],
    ends: { limit: 'files' },
    setting: 'narrow',
  },
  {
    name: 'a-gigabyte-of-output',
    test: () => '#!/bin/bash\nhead -c 1073741824 /dev/zero | tr "\\0" "x"\nexit 0\n',
    tried: [],
    ends: { limit: 'output' },
    setting: 'narrow',
  },
  {
    name: 'odd-output',
    test: () => `#!/usr/bin/python3
import os, sys
out = sys.stdout.buffer
out.write(b'begun\\n' + os.urandom(2_000_000))
out.write(b'\\x1b[2J\\x1b]0;title\\x07\\x1b[8m' * 10_000 + b'\\xff\\xfe' * 10_000 + b'\\0' * 10_000)
out.write('\\u202e@everyone <img src=x> \\u200b#1 \x60\x60\x60\\n'.encode() * 1_000)
out.write(b'y' * 9_000_000)
out.write(b'\\nthe end\\n')
out.flush()
os._exit(${TRIED})
`,
    tried: [/^begun$/m, /^the end$/m],
    ends: { exit: TRIED },
    setting: 'narrow',
  },
];
