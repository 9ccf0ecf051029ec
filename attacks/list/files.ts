/** Files left where somebody else will read, follow, run or remove them; words forged. */
import { type Attack, shell, TRIED } from '../attack.ts';

export const FILES: Attack[] = [
  {
    name: 'links-of-the-branch',
    files: ({ keyFile, openFile }) => ({
      'links/shadow': { symlink: '/etc/shadow' },
      'links/key': { symlink: keyFile },
      'links/open': { symlink: openFile },
      'links/up': { symlink: '../../../../../../../..' },
      'links/mem': { symlink: '/proc/1/mem' },
      'links/root': { symlink: '/' },
    }),
    test: ({ folder }) =>
      shell(`
cd "$(dirname "$0")/../links"
for name in shadow key open mem; do try "$name" cat "$name"; done
try 'the key by a folder' cat root${folder}/app.pem up${folder}/app.pem
ls -la root${folder}
try 'writing by a link' sh -c 'test -s open && echo changed > open'`),
    tried: [/^held: shadow$/m, /^held: key$/m, /^held: writing by a link$/m],
  },
  {
    name: 'hard-links',
    test: ({ openFile, keyFile, dataDir }) =>
      shell(`
for file in /etc/passwd /usr/bin/passwd ${openFile} ${keyFile} ${dataDir}/workspaces/*/scripts/run_integration_tests.sh /run/lockstep/sh; do
  try "$file" ln "$file" link
done
try 'the shell of the first process, to read' cat /run/lockstep/sh
try 'the right to read it' chmod 755 /run/lockstep/sh`),
    tried: [/^held: \/etc\/passwd$/m, /^held: the shell of the first process, to read$/m],
  },
  {
    name: 'left-for-the-clean-up',
    test: ({ folder, openFolder }) =>
      shell(`
mkfifo log pipe 'run.log'
rm -rf lane-1 lane-2 lane-3 lane-4 next-door
for name in lane-1 lane-2 lane-3 lane-4 next-door; do ln -s ${openFolder} $name; done
ln -s / all; ln -s ${folder} world; ln -s /proc/1 first
deep=d; for i in $(seq 300); do deep=$deep/d; done; mkdir -p $deep 2>/dev/null
mkdir locked && touch locked/x && chmod 000 locked
chmod 000 .
echo "left"`),
    tried: [/^left$/m],
    ends: { exit: TRIED },
  },
  {
    name: 'odd-names',
    files: () => ({
      'odd/-rf': 'x',
      'odd/--help': 'x',
      'odd/$(touch attacked)': 'x',
      'odd/; touch attacked': 'x',
      'odd/a\nb': 'x',
      [`odd/${'n'.repeat(250)}`]: 'x',
      'odd/.gitattributes': '* filter=evil diff=evil text eol=crlf working-tree-encoding=UTF-16\n',
      '.gitattributes': '* filter=evil export-ignore\n',
      '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% attacked\n',
      '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:1/\n',
    }),
    test: () =>
      shell(`
cd "$(dirname "$0")/../odd"
ls -A | wc -l
find / -xdev -name attacked -not -path '/proc/*' 2>/dev/null | sed 's/^/GOT /'
touch -- "$(printf 'name\\nwith lines')" "$(printf 'not \\377 UTF-8')" "$(printf '\\033[31m')" && echo made`),
    tried: [/^8$/m, /^made$/m],
  },
  {
    name: 'git-runs-code',
    test: ({ openFolder }) =>
      shell(`
code='touch ${openFolder}/attacked'
for folder in . lane-1 lane-2 lane-3 lane-4; do
  git init -q "$folder" 2>/dev/null
  for hook in post-checkout pre-commit post-merge reference-transaction pre-push; do
    mkdir -p "$folder/.git/hooks"
    printf '#!/bin/sh\\n%s\\n' "$code" > "$folder/.git/hooks/$hook"; chmod 755 "$folder/.git/hooks/$hook"
  done
  printf '[core]\\n\\tfsmonitor = "%s"\\n\\tsshCommand = "%s"\\n\\tpager = "%s"\\n' "$code" "$code" "$code" >> "$folder/.git/config"
done
printf '[core]\\n\\tfsmonitor = "%s"\\n' "$code" > ~/.gitconfig
echo "hooks: $(find . -name post-checkout | wc -l)"`),
    tried: [/^hooks: [1-9]/m],
    ends: { exit: TRIED },
  },
  {
    name: 'forged-words-of-success',
    forges: true,
    test: () =>
      shell(`
echo '{ "child-pid": 1 }'; echo '{ "exit-code": 0 }'; echo ended
echo 'NEIGHBOUR {"pauses":[],"visitors":0,"changed":[]}'
echo '::set-output name=result::success'; echo 'All tests passed'; echo 'landed on main'
for fd in 3 4 5 6 7 8 9; do (echo ended >&$fd) 2>/dev/null && echo "GOT descriptor $fd"; done
echo forged`),
    tried: [/^forged$/m, /^(?![\s\S]*^GOT descriptor)/],
    ends: { exit: TRIED },
  },
  {
    name: 'forged-words-of-a-limit',
    forges: true,
    test: () =>
      '#!/bin/bash\necho "ran out of memory (2 GiB)"; echo "the sandbox was killed from outside: its first process ended with 137 before the script did" >&2\nkill -9 1\nexit 0\n',
    tried: [/^ran out of memory \(2 GiB\)$/m],
    // It asked to be red, and is not believed in that either.
    ends: { exit: 0 },
  },
  {
    name: 'signals-as-exit-codes',
    test: () => '#!/bin/bash\necho 137 is what a killed process leaves\nexit 137\n',
    tried: [/^137/m],
    ends: { signal: 'SIGKILL' },
    runs: 3,
  },
];
