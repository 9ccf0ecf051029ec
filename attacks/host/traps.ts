/** What is planted on the host for attackers to find: files, sockets that count who comes, and a look at what they could change. */
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';

/** Somebody from outside came to a socket of the host. */
export interface Visit {
  /** Milliseconds since the epoch. */
  at: number;
  to: string;
}

export interface Traps {
  openFile: string;
  openFolder: string;
  port: number;
  address: string;
  unixSocket: string;
  abstractSocket: string;
  /** Stands in the open file. */
  canary: string;
  visits: Visit[];
  /** What attackers could change, as it is now. */
  look(): Record<string, string>;
  stop(): Promise<void>;
}

export async function setTraps(folder: string): Promise<Traps> {
  const canary = `canary-${randomBytes(12).toString('hex')}`;
  const [openFile, openFolder] = [join(folder, 'open.txt'), join(folder, 'open')];
  await writeFile(openFile, `${canary}\n`);
  await chmod(openFile, 0o666);
  await mkdir(openFolder);
  await chmod(openFolder, 0o777);
  const visits: Visit[] = [];
  const visit = (to: string) => void visits.push({ at: Date.now(), to });
  const abstractSocket = `lockstep-attacks-${randomBytes(6).toString('hex')}`;
  const unixSocket = join(openFolder, 'socket');
  const tcp = await listen({ port: 0, host: '0.0.0.0' }, () => visit('TCP'));
  const { port } = tcp.address() as net.AddressInfo;
  const servers = [
    tcp,
    await listen({ path: unixSocket }, () => visit('the Unix socket')),
    await listen({ path: `\0${abstractSocket}` }, () => visit('the abstract socket')),
  ];
  await chmod(unixSocket, 0o777);
  const udp = dgram.createSocket('udp4', () => visit('UDP'));
  udp.bind(port, '0.0.0.0');
  await once(udp, 'listening');
  return {
    ...{ openFile, openFolder, port, address: ownAddress(), unixSocket, abstractSocket, canary, visits },
    look: () => lookAt({ openFile, openFolder }),
    async stop() {
      udp.close();
      for (const server of servers) server.close();
    },
  };
}

async function listen(at: net.ListenOptions, visited: () => void): Promise<net.Server> {
  const server = net.createServer((socket) => {
    visited();
    socket.on('error', () => undefined);
    socket.end('you reached the host\n');
  });
  server.listen(at);
  await once(server, 'listening');
  return server;
}

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

const SETTINGS = ['kernel/core_pattern', 'kernel/sysrq', 'kernel/modprobe', 'vm/overcommit_memory', 'fs/suid_dumpable'];
const FOLDERS = ['/', '/usr', '/usr/bin', '/usr/lib', '/usr/local/bin', '/etc', '/root', '/dev'];

function lookAt({ openFile, openFolder }: { openFile: string; openFolder: string }): Record<string, string> {
  return {
    'a file that everybody may write': `${readFileSync(openFile, 'utf8')} ${owner(openFile)}`,
    'a folder that everybody may write': `${readdirSync(openFolder).sort().join(' ')} ${owner(openFolder)}`,
    'the name of the host': hostname(),
    ...Object.fromEntries(SETTINGS.map((name) => [name, read(`/proc/sys/${name}`)])),
    ...Object.fromEntries(['/etc/passwd', '/etc/shadow', '/bin/sh'].map((file) => [file, about(file)])),
    ...Object.fromEntries(FOLDERS.map((folder) => [`the names in ${folder}`, names(folder)])),
  };
}

function owner(path: string): string {
  const { uid, mode } = statSync(path);
  return `${uid} ${mode.toString(8)}`;
}

function about(path: string): string {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${size} bytes of ${mtimeMs}, ${owner(path)}`;
  } catch {
    return '';
  }
}

function names(folder: string): string {
  try {
    return readdirSync(folder).sort().join(' ');
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
