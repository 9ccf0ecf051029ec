/**
 * The server, the control worker and the test worker as three Unix users that have nothing in common but a group for the data folder,
 * as docs/operating.md tells operators to set them up. Users need no account: their numbers serve.
 */
import { chmod, chown, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export type Role = 'server' | 'control' | 'tests';

export const ROLES: readonly Role[] = ['server', 'control', 'tests'];

const ROOT = new URL('../../..', import.meta.url).pathname;
const GROUP = 41_700;
const UIDS: Record<Role, number> = { server: 41_701, control: 41_702, tests: 41_703 };

/** Whoever starts processes as others must be root, and may see files that others may not: theirs are shown to them in a mount of their own. */
export const CAN_BE_OTHERS = process.platform === 'linux' && process.getuid?.() === 0;

const BECOME = `
set -eu
uid=$1 gid=$2 from=$3 at=$4
shift 4
mount --bind "$from" "$at"
cd "$at"
umask 027
exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --inh-caps=-all --no-new-privs -- "$@"
`;

export type Identities = Awaited<ReturnType<typeof createIdentities>>;

export async function createIdentities(folder: string) {
  const [code, home] = [join(folder, 'code'), join(folder, 'home')];
  // Others go through it, to what is theirs.
  await chmod(folder, 0o711);
  for (const path of [code, home]) await mkdir(path, { mode: 0o755 });
  const folderOf = async (path: string, owner: number, mode: number) => {
    await mkdir(path, { recursive: true });
    await chown(path, owner, GROUP);
    await chmod(path, mode);
  };
  return {
    uidOf: (role: Role) => UIDS[role],
    /** A file that one of them may read. */
    async give(role: Role, name: string, content: string): Promise<string> {
      const file = join(folder, name);
      await writeFile(file, content, { mode: 0o400 });
      await chown(file, UIDS[role], GROUP);
      return file;
    },
    /** A file that all of them may read. */
    async share(file: string, name: string): Promise<string> {
      await copyFile(file, join(folder, name));
      await chmod(join(folder, name), 0o644);
      return join(folder, name);
    },
    /** The data folder, as docs/operating.md has it. */
    async prepareData(dataDir: string): Promise<void> {
      await folderOf(dataDir, 0, 0o3770);
      await folderOf(join(dataDir, 'mirrors'), UIDS.control, 0o2750);
      await folderOf(join(dataDir, 'logs'), UIDS.tests, 0o2770);
      await folderOf(join(dataDir, 'workspaces'), UIDS.tests, 0o700);
    },
    /** A command as one of them: what it is, with what comes before. Of this repository it sees a copy at another place. */
    as(role: Role, [file, ...args]: string[]): [string, string[]] {
      const become = ['--mount', '--propagation', 'slave', 'sh', '-c', BECOME, 'sh', UIDS[role], GROUP, ROOT, code];
      const moved = args.map((arg) => (arg.startsWith(ROOT) ? join(code, arg.slice(ROOT.length)) : arg));
      return ['unshare', [...become.map(String), file ?? '', ...moved]];
    },
    /** What such a command says, and how it ends. */
    async run(role: Role, command: string[]): Promise<{ code: number | undefined; output: string }> {
      const [file, args] = this.as(role, command);
      const { exitCode, all } = await execa(file, args, { reject: false, all: true, timeout: 60_000 });
      return { code: exitCode, output: all };
    },
    home,
  };
}
