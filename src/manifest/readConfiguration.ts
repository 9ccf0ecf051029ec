/** `lockstep.yaml` → the configuration with defaults applied, or everything that is wrong with it. */
import type { z } from 'zod';
import { type RepositoryName, shortName } from '../changeset.ts';
import { bytesOf, cpusOf, LEAST_LIMITS, type Limits } from '../limits.ts';
import { size } from '../report/limits.ts';
import { type Path, positionAt, readTree, type Tree, whereOf } from './document.ts';
import { guard } from './guards.ts';
import { REPOSITORY, repositoryProblem } from './names.ts';
import { emptyFile, type Problem, quoted } from './problem.ts';
import { inOrder } from './readManifest.ts';
import { APPROVALS, list, map, named, oneOf, wholeNumber } from './schema.ts';
import { shape, valueAt } from './shape.ts';

export interface Configuration {
  /** The only repositories that changesets may name. */
  repositories: RepositoryName[];
  defaults: {
    approval: 'none' | 'required';
    /** For one run of the test script. */
    timeoutMs: number;
    /** What is set; the rest is as the test worker has it. */
    limits: Partial<Limits>;
    /** After it, an unapproved changeset is `skipped`. */
    approvalTimeoutMs: number;
    /** Who opened the pull request may approve its changesets by a comment. */
    approvalByAuthor: boolean;
  };
  /** Changesets tested at the same time. */
  parallelism: number;
  interference: 'repositories' | 'all';
  notify: { mention?: string; slack: boolean };
}

export interface ConfigurationContext {
  path: string;
  coordinator?: RepositoryName;
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_DURATION_MS = 30 * UNITS.d;

function durationProblem(text: string): string | undefined {
  const ms = milliseconds(text);
  if (Number.isNaN(ms)) return `${quoted(text)} is not a duration (expected 90s, 30m, 2h or 7d)`;
  return ms < UNITS.s || ms > MAX_DURATION_MS ? `${quoted(text)} is out of range (expected 1s to 30d)` : undefined;
}

function milliseconds(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN;
}

const duration = named('a duration such as 30m', /^\d{1,9}[smhd]$/, durationProblem).transform(milliseconds);
const mention = named('a mention such as "@acme/release"', /^@[A-Za-z0-9-]+(\/[A-Za-z0-9._-]+)?$/, (text) =>
  /^@[A-Za-z0-9-]+(\/[A-Za-z0-9._-]+)?$/.test(text)
    ? undefined
    : `${quoted(text)} is not a mention (expected "@user" or "@organization/team")`,
);
/** The most that can be asked for at all; what is allowed is the test worker's to say. */
const MOST_BYTES = 1024 ** 4;

function sizeProblem(least: number) {
  return (text: string): string | undefined => {
    const bytes = bytesOf(text);
    if (Number.isNaN(bytes)) return `${quoted(text)} is not a size (expected 512MiB or 2GiB)`;
    if (bytes >= least && bytes <= MOST_BYTES) return undefined;
    return `${quoted(text)} is out of range (expected ${size(least)} to ${size(MOST_BYTES)})`;
  };
}

function bytes(least: number) {
  return named('a size such as 2GiB', /^\d{1,9} ?[KMG]iB$/, sizeProblem(least)).transform(bytesOf);
}

const MOST_CPUS = 1024;

function cpusProblem(text: string): string | undefined {
  const cpus = cpusOf(text);
  return cpus >= LEAST_LIMITS.cpus && cpus <= MOST_CPUS
    ? undefined
    : `${quoted(text)} is not a number of processors (expected ${LEAST_LIMITS.cpus} to ${MOST_CPUS})`;
}

const limits = map('a map of limits', {
  memory: bytes(LEAST_LIMITS.memoryBytes).optional(),
  processes: wholeNumber(LEAST_LIMITS.processes, 1_000_000).optional(),
  cpus: named('a number of processors such as 2 or 0.5', /^\d{1,4}(\.\d{1,2})?$/, cpusProblem)
    .transform(cpusOf)
    .optional(),
  disk: bytes(LEAST_LIMITS.diskBytes).optional(),
  output: bytes(LEAST_LIMITS.outputBytes).optional(),
});

const flag = oneOf(['true', 'false']).transform((word) => word === 'true');

const configurationSchema = map('a configuration with `repositories`', {
  repositories: list('a list of repositories', named('owner/name of a repository', REPOSITORY, repositoryProblem), 200),
  defaults: map('a map of defaults', {
    approval: oneOf(APPROVALS).optional(),
    timeout: duration.optional(),
    approvalTimeout: duration.optional(),
    approvalByAuthor: flag.optional(),
    limits: limits.optional(),
    /** Off but for the sandbox's own loopback: the one choice for now. */
    network: oneOf(['loopback']).optional(),
  }).optional(),
  parallelism: wholeNumber(1, 100).optional(),
  interference: oneOf(['repositories', 'all']).optional(),
  notify: map('a map with `mention` and `slack`', { mention: mention.optional(), slack: flag.optional() }).optional(),
});

export type ConfigurationResult = { configuration: Configuration } | { problems: Problem[] };

export function readConfiguration(input: Uint8Array | string, context: ConfigurationContext): ConfigurationResult {
  const guarded = guard(input, context.path);
  if ('problems' in guarded) return guarded;
  const tree = readTree(guarded.text, context.path, guarded.foreign);
  if (tree.root === null && tree.problems.length === 0) {
    return { problems: [emptyFile(context.path, 'configuration', 'repositories:')] };
  }
  const shaped = shape(tree, configurationSchema);
  const problems = [
    ...tree.problems,
    ...('problems' in shaped ? shaped.problems : []),
    ...repositoryProblems(tree, context),
  ];
  if (problems.length > 0 || 'problems' in shaped) return { problems: inOrder(problems) };
  return { configuration: withDefaults(shaped.value) };
}

function withDefaults(given: z.output<typeof configurationSchema>): Configuration {
  return {
    repositories: given.repositories,
    defaults: {
      approval: given.defaults?.approval ?? 'none',
      timeoutMs: given.defaults?.timeout ?? 30 * UNITS.m,
      approvalTimeoutMs: given.defaults?.approvalTimeout ?? 7 * UNITS.d,
      approvalByAuthor: given.defaults?.approvalByAuthor ?? false,
      limits: limitsSet(given.defaults?.limits ?? {}),
    },
    parallelism: given.parallelism ?? 4,
    interference: given.interference ?? 'repositories',
    notify: { slack: given.notify?.slack ?? true, ...(given.notify?.mention ? { mention: given.notify.mention } : {}) },
  };
}

function limitsSet({ memory, processes, cpus, disk, output }: z.output<typeof limits>): Partial<Limits> {
  return {
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(processes !== undefined && { processes }),
    ...(cpus !== undefined && { cpus }),
    ...(disk !== undefined && { diskBytes: disk }),
    ...(output !== undefined && { outputBytes: output }),
  };
}

/** Repositories become folders by their short names, so these must differ, also where case does not count. */
function repositoryProblems(tree: Tree, { coordinator }: ConfigurationContext): Problem[] {
  const names = valueAt(tree.value, ['repositories']);
  if (!Array.isArray(names)) return [];
  const first = new Map<string, { name: string; line: number }>();
  return names.flatMap((name: unknown, index) => {
    if (typeof name !== 'string') return [];
    const path: Path = ['repositories', index];
    const { line, column } = positionAt(tree, path);
    const problem = (message: string): Problem[] => [{ path: tree.path, line, column, where: whereOf(path), message }];
    if (name.toLowerCase() === coordinator?.toLowerCase()) {
      return problem(`${quoted(name)} is the coordinator repository, which cannot be a member`);
    }
    const short = shortName(name).toLowerCase();
    const before = first.get(short);
    first.set(short, before ?? { name, line });
    if (!before) return [];
    if (before.name.toLowerCase() === name.toLowerCase())
      return problem(`${quoted(name)} is there twice (first on line ${before.line})`);
    return problem(
      `${quoted(name)} has the same short name as ${quoted(before.name)} on line ${before.line}: both would be ./${shortName(name)}`,
    );
  });
}
