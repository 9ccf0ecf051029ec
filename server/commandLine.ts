/** What `npm run start:worker -- …` says, read with the environment: all problems of both at once. */
import { Command } from 'commander';
import {
  type Environment,
  readControlConfig,
  readTestsConfig,
  readTogether,
  refuseStrangers,
  whole,
} from './config.ts';
import { printed } from './environment/values.ts';
import type { Roles } from './roles.ts';

const ROLES = { control: readControlConfig, tests: readTestsConfig };
type Role = keyof typeof ROLES;

/** `argv`: what follows the name of the file. Both roles without `--role`, and where it names none, so that no problem waits. */
export function readRoles(argv: string[], env: Environment): Roles {
  const { role, problems } = parse(argv);
  const commandLine = whole<undefined>((_, found) => void found.push(...problems));
  const { control, tests } = ROLES;
  if (role === 'control') return { control: readTogether(env, { commandLine, control }).control };
  if (role === 'tests') return { tests: readTogether(env, { commandLine, tests, strangers: refuseStrangers }).tests };
  const both = readTogether(env, { commandLine, control, tests });
  return { control: both.control, tests: both.tests };
}

/** `--help` prints and throws commander's own error, which says 0. */
function parse(argv: string[]): { role?: Role; problems: string[] } {
  const problems: string[] = [];
  const command = new Command('start:worker')
    .description('Runs a worker of Lockstep: both roles, or the one that is named.')
    .option('--role <role>', 'what this worker does: control or tests')
    .allowUnknownOption()
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (isDone(error)) throw error;
    problems.push(error instanceof Error ? error.message.replace(/^error: /, '') : String(error));
  }
  for (const word of command.args)
    problems.push(`${printed(word)}: expected nothing but --role control or --role tests`);
  const { role } = command.opts<{ role?: string }>();
  if (role === undefined) return { problems };
  if (isRole(role)) return { role, problems };
  return { problems: [...problems, `--role: expected control or tests, found ${printed(role)}`] };
}

function isRole(word: string): word is Role {
  return Object.keys(ROLES).includes(word);
}

/** Whether commander has said what it was asked for, and nothing is wrong. */
export function isDone(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'exitCode' in error && error.exitCode === 0;
}
