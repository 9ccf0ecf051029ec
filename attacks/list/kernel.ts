/** At the kernel and the machine: calls that namespaces do not hold, settings, devices, clocks. */
import { type Attack, shell, TRIED } from '../attack.ts';

type Call = [name: string, x64: number, arm64: number, args?: (number | string)[]];

/** System calls by number, as a program without libc would make them. What is answered but an error is got. */
function calls(list: Call[]): string {
  const chosen = list.map(([name, x64, arm64, args = []]) => ({
    name,
    args,
    number: process.arch === 'arm64' ? arm64 : x64,
  }));
  const lines = chosen.map(({ name, number, args }) => `attempt('${name}', ${[number, ...args].join(', ')})`);
  return `#!/usr/bin/python3
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.addressof(ctypes.create_string_buffer(4096))
def attempt(name, *args):
    ctypes.set_errno(0)
    found = libc.syscall(*[ctypes.c_long(arg) for arg in args])
    if found >= 0:
        print('GOT', name, found, flush=True)
    else:
        print('held:', name, errno.errorcode[ctypes.get_errno()], flush=True)
${lines.join('\n')}
os._exit(${TRIED})
`;
}

const held = (name: string, answer = 'EPERM') => new RegExp(`^held: ${name} ${answer}$`, 'm');

export const KERNEL: Attack[] = [
  {
    name: 'io-uring',
    test: () =>
      calls([
        ['io_uring_setup', 425, 425, [8, 'room']],
        ['io_uring_enter', 426, 426],
        ['io_uring_register', 427, 427],
      ]),
    tried: [held('io_uring_setup'), held('io_uring_enter'), held('io_uring_register')],
  },
  {
    name: 'keyrings',
    test: () =>
      calls([
        ['keyctl', 250, 219, [0, -3, 1]],
        ['add_key', 248, 217, ['room', 'room', 'room', 1, -3]],
        ['request_key', 249, 218, ['room', 'room', 0, -3]],
      ]),
    tried: [held('keyctl'), held('add_key'), held('request_key')],
  },
  {
    name: 'bpf-perf-userfaultfd',
    test: () =>
      calls([
        ['bpf', 321, 280, [0, 'room', 64]],
        ['perf_event_open', 298, 241, ['room', 0, -1, -1, 0]],
        ['userfaultfd', 323, 282, [1]],
      ]),
    tried: [held('bpf'), held('perf_event_open'), held('userfaultfd')],
  },
  {
    name: 'ptrace-and-memory-calls',
    test: () =>
      calls([
        ['ptrace', 101, 117, [16, 1]],
        ['process_vm_readv', 310, 270, [1, 'room', 1, 'room', 1]],
        ['process_vm_writev', 311, 271, [1, 'room', 1, 'room', 1]],
        ['kcmp', 312, 272, [1, 1]],
        ['pidfd_getfd', 438, 438, [3, 0]],
      ]),
    tried: [held('ptrace'), held('process_vm_readv'), held('process_vm_writev')],
  },
  {
    name: 'nested-namespaces',
    test: () =>
      calls([
        ['unshare user', 272, 97, [0x10000000]],
        ['unshare mount', 272, 97, [0x20000]],
        ['setns', 308, 268, [0, 0]],
        ['clone3', 435, 435, ['room', 88]],
        ['clone', 56, 220, [0x10000011]],
      ]),
    tried: [held('unshare user'), held('setns'), held('clone3', 'ENOSYS'), held('clone')],
  },
  {
    name: 'namespaces-by-programs',
    test: () =>
      shell(`
try 'a user namespace' unshare -U true
try 'a mount namespace' unshare -Urm true
try 'another sandbox' bwrap --ro-bind / / true
try 'the namespaces of the first process' nsenter -t 1 -a true
try 'more namespaces' sh -c 'echo 100 > /proc/sys/user/max_user_namespaces'`),
    tried: [/^held: a user namespace$/m, /^held: another sandbox$/m],
  },
  {
    name: 'mounts',
    test: () =>
      calls([
        ['mount', 165, 40, ['room', 'room', 'room', 0x1000]],
        ['umount2', 166, 39, ['room', 2]],
        ['pivot_root', 155, 41, ['room', 'room']],
        ['chroot', 161, 51, ['room']],
        ['fsopen', 430, 430, ['room', 0]],
        ['open_tree', 428, 428, [-100, 'room', 1]],
        ['move_mount', 429, 429],
        ['mount_setattr', 442, 442, [-100, 'room', 0, 'room', 32]],
      ]),
    tried: [held('mount'), held('umount2'), held('pivot_root'), held('fsopen'), held('move_mount')],
  },
  {
    name: 'files-by-handle',
    test: () =>
      calls([
        ['name_to_handle_at', 303, 264, [-100, 'room', 'room', 'room', 0]],
        ['open_by_handle_at', 304, 265, [3, 'room', 0]],
        ['fanotify_init', 300, 262, [0, 0]],
      ]),
    tried: [held('name_to_handle_at'), held('open_by_handle_at'), held('fanotify_init')],
  },
  {
    name: 'clock-and-name-of-the-machine',
    test: () =>
      calls([
        ['settimeofday', 164, 170, ['room', 0]],
        ['clock_settime', 227, 112, [0, 'room']],
        ['adjtimex', 159, 171, ['room']],
        ['sethostname', 170, 161, ['room', 4]],
        ['reboot', 169, 142, [0xfee1dead, 0x28121969, 0x1234567]],
        ['kexec_load', 246, 104],
        ['init_module', 175, 105, ['room', 1, 'room']],
      ]),
    tried: [held('settimeofday'), held('clock_settime'), held('reboot'), held('init_module')],
  },
  {
    name: 'personality-and-terminal',
    test: () =>
      calls([
        ['personality', 135, 92, [0x0040000]],
        ['TIOCSTI', 16, 29, [0, 0x5412, 'room']],
        ['TIOCSTI with high bits', 16, 29, [0, '0x100005412', 'room']],
        ['TIOCLINUX', 16, 29, [0, 0x541c, 'room']],
      ]),
    tried: [held('personality'), held('TIOCSTI'), held('TIOCSTI with high bits')],
  },
  {
    name: 'calls-by-other-numbers',
    test: () =>
      calls([
        ['x32 io_uring_setup', 0x40000000 + 425, 0x40000000 + 425, [8, 'room']],
        ['x32 unshare', 0x40000000 + 272, 0x40000000 + 97, [0x10000000]],
      ]),
    tried: [held('x32 io_uring_setup', 'ENOSYS'), held('x32 unshare', 'ENOSYS')],
  },
  {
    name: 'settings-of-the-kernel',
    test: () =>
      shell(`
for file in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/kernel/sysrq /proc/sys/kernel/modprobe /proc/sys/vm/overcommit_memory \\
  /proc/sys/fs/suid_dumpable /proc/sys/kernel/hostname /proc/sys/vm/drop_caches; do
  try "$file" sh -c "echo 1 > $file"
done
try 'kernel memory' head -c 1 /proc/kcore
try 'physical memory' head -c 1 /dev/mem
try 'a device of the machine' mknod disk b 254 0
try 'the disk' head -c 1 /dev/vda`),
    tried: [
      /^held: \/proc\/sys\/kernel\/core_pattern$/m,
      /^held: \/proc\/sysrq-trigger$/m,
      /^held: a device of the machine$/m,
    ],
  },
  {
    name: 'writes-to-the-system',
    test: ({ openFile, openFolder }) =>
      shell(`
for folder in / /usr /usr/bin /usr/lib /etc /dev /proc /run /run/lockstep /home /sys "$LOCKSTEP_WORKSPACE/.." ${openFolder}; do
  (: > "$folder/attacked") 2>/dev/null && case "$folder" in "$LOCKSTEP_WORKSPACE"/..) ;; *) got "$folder";; esac
done
try 'a file of everybody' sh -c 'test -e ${openFile} && echo changed > ${openFile}'
try 'the shell of the host' cp /bin/true /usr/bin/dash
try 'the right to write' mount -o remount,rw /usr
try 'a setuid program' sh -c 'cp /bin/sh x && chmod 4755 x && ./x -c "test $(id -u) != 1000"'
try 'another user' setpriv --reuid=0 true
try 'passwords' sh -c 'echo root::0:0:::/bin/sh >> /etc/passwd'
echo looked`),
    tried: [/^held: a file of everybody$/m, /^held: passwords$/m, /^looked$/m],
  },
];
