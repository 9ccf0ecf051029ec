/** Every attack of `npm run attacks`. */
import type { Attack } from './attack.ts';
import { AMOUNTS } from './list/amounts.ts';
import { FILES } from './list/files.ts';
import { KERNEL } from './list/kernel.ts';
import { NETWORK } from './list/network.ts';
import { PROCESSES } from './list/processes.ts';
import { SECRETS } from './list/secrets.ts';

export const ATTACKS: Attack[] = [...SECRETS, ...NETWORK, ...KERNEL, ...PROCESSES, ...FILES, ...AMOUNTS];
