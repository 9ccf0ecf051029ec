/** The manifest's shape: read by `readManifest`, published as JSON Schema for editors. */
import { z } from 'zod';
import { BRANCH, branchProblem, CHANGESET, changesetNameProblem, REPOSITORY, repositoryProblem } from './names.ts';

export const MAX_MEMBERS = 50;
export const MAX_CHANGESETS = 100;
export const MAX_PRIORITY = 1_000_000;

export const APPROVALS = ['none', 'required'] as const;
export const STATUSES = ['success', 'failed', 'skipped'] as const;

/** A word, as far as its type goes; `problem` says what is wrong with its content. */
export function named(noun: string, pattern: RegExp, problem: (word: string) => string | undefined) {
  return z
    .string({ error: noun })
    .regex(pattern, { error: sentence(problem) })
    .refine((word) => problem(word) === undefined, { error: sentence(problem) });
}

function sentence(problem: (word: string) => string | undefined) {
  return ({ input }: { input?: unknown }) => `!${problem(String(input)) ?? `${String(input)} is not allowed`}`;
}

export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: `${words.join(' or ')}|${words.join(' ')}` });
}

/** A map with these keys only; the message of an unknown key lists them. */
export function map<T extends z.core.$ZodLooseShape>(noun: string, keys: T) {
  return z.strictObject(keys, {
    error: ({ code }) => (code === 'unrecognized_keys' ? Object.keys(keys).join(' ') : noun),
  });
}

export function list<T extends z.core.SomeType>(noun: string, item: T, max: number) {
  return z
    .array(item, { error: noun })
    .min(1, { error: `${noun}, 1 to ${max} of them` })
    .max(max, { error: `${noun}, 1 to ${max} of them` });
}

/** Every word is a string when it is read: a whole number is a word that looks like one. */
export function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z
    .string({ error })
    .regex(/^-?(0|[1-9]\d{0,8})$/, { error })
    .transform(Number)
    .pipe(z.int().min(min, { error }).max(max, { error }));
}

const member = map('a repository with `name` and `branch`', {
  name: named('owner/name of a repository', REPOSITORY, repositoryProblem).describe(
    'owner/name, one of the repositories of lockstep.yaml',
  ),
  branch: named('a branch name', BRANCH, branchProblem).describe('The branch to land, without refs/heads/'),
});

const changeset = map('a changeset with `name` and `repositories`', {
  name: named('a changeset name', CHANGESET, changesetNameProblem).describe('Unique in the file'),
  priority: wholeNumber(-MAX_PRIORITY, MAX_PRIORITY).optional().describe('Higher goes first; default 0'),
  approval: oneOf(APPROVALS)
    .optional()
    .describe('Whether a person approves between green tests and landing; default from lockstep.yaml'),
  repositories: list('a list of repositories', member, MAX_MEMBERS).describe(
    'Branches that land together, or not at all',
  ),
  status: oneOf(STATUSES)
    .optional()
    .describe('Written by Lockstep, never by people. Remove failed or skipped to ask for a new attempt.'),
});

export const manifestSchema = map('a manifest with `changesets`', {
  changesets: list('a list of changesets', changeset, MAX_CHANGESETS),
});

export function manifestJsonSchema(): object {
  return { title: 'Lockstep manifest', ...z.toJSONSchema(manifestSchema, { io: 'output' }) };
}
