/**
 * What people may ask for in a comment, one line each. Help is made from the same table, so that nothing can be asked for that is not
 * told. Words are read exactly; whoever slips is told the nearest.
 */
import type { Commit } from '../changeset.ts';
import type { ResolveAction } from '../landing/steps.ts';
import { CHANGESET } from '../manifest/names.ts';
import { didYouMean, quoted } from '../manifest/problem.ts';
import { RESOLVE_ACTIONS } from '../report/view.ts';

export type Asked =
  /** `commits`: full ids or prefixes; with none the heads that the pull request's comment shows. */
  | { verb: 'approve'; changeset: string; commits: Commit[] }
  | { verb: 'skip'; changeset: string; reason: string }
  /** Of all changesets of the pull request that have not ended. */
  | { verb: 'skip-all'; reason: string }
  | { verb: 'pause'; reason: string }
  | { verb: 'resume' }
  | { verb: 'withdraw' }
  | { verb: 'resolve'; changeset: string; action: ResolveAction }
  | { verb: 'help' };

export type Verb = Asked['verb'];

/** One line that begins with the command's name. */
export type Line = { line: string } & ({ asked: Asked } | { problem: string });

interface Form {
  verb: Verb;
  /** What follows the verb. */
  takes: string;
  does: string;
  read(words: string[]): Asked | { problem: string };
}

export const COMMAND = '/lockstep';

const NO_REASON = 'no reason given';
const REASON_LIMIT = 300;

export const FORMS: Form[] = [
  {
    verb: 'approve',
    takes: '<changeset> [<commit> …]',
    does: 'lets a changeset land that waits for an approval, with the branch heads that are shown; name their commits to be sure',
    read: ([name = '', ...commits]) =>
      named(name, (changeset) => {
        const strange = commits.find((commit) => !/^[0-9a-f]{7,40}$/.test(commit));
        if (strange === undefined) return { verb: 'approve', changeset, commits };
        return { problem: `${quoted(strange)} is no commit (7 to 40 hexadecimal digits)` };
      }),
  },
  {
    verb: 'skip',
    takes: '<changeset> [<reason>]',
    does: 'leaves a changeset out that has not begun to land',
    read: ([name = '', ...reason]) =>
      named(name, (changeset) => ({ verb: 'skip', changeset, reason: textOf(reason) || NO_REASON })),
  },
  {
    verb: 'skip-all',
    takes: '[<reason>]',
    does: 'leaves out every changeset of this pull request that has not ended, and merges it',
    read: (reason) => ({ verb: 'skip-all', reason: textOf(reason) || NO_REASON }),
  },
  {
    verb: 'withdraw',
    takes: '',
    does: 'takes this pull request out of the queue and leaves it open; a push brings it back',
    read: (words) => alone(words, { verb: 'withdraw' }),
  },
  {
    verb: 'pause',
    takes: '<reason>',
    does: 'lets no landing begin, of any pull request, until somebody resumes',
    read: (reason) => {
      const text = textOf(reason);
      return text === ''
        ? { problem: 'a pause needs a reason, for everybody who waits' }
        : { verb: 'pause', reason: text };
    },
  },
  {
    verb: 'resume',
    takes: '',
    does: 'ends a pause',
    read: (words) => alone(words, { verb: 'resume' }),
  },
  {
    verb: 'resolve',
    takes: '<changeset> finish|undo|check',
    does: 'says how a landing goes on that needs an operator',
    read: ([name = '', word = '', ...more]) => {
      const action = RESOLVE_ACTIONS.find((one) => one === word);
      if (action === undefined) return { problem: `${quoted(word)} is none of ${RESOLVE_ACTIONS.join(', ')}` };
      if (more.length > 0) return tooMuch(more);
      return named(name, (changeset) => ({ verb: 'resolve', changeset, action }));
    },
  },
  { verb: 'help', takes: '', does: 'shows this', read: (words) => alone(words, { verb: 'help' }) },
];

/** Of a whole comment, before its Markdown is read. */
export function mayHaveCommands(body: string): boolean {
  return /^[ \t]*\/lockstep(?:[ \t\r]|$)/m.test(body);
}

/** `undefined`: the line is not meant for Lockstep. */
export function readLine(line: string): Line | undefined {
  const [command, verb, ...words] = line.replaceAll(/^[ \t]+|[ \t\r]+$/g, '').split(/[ \t]+/);
  if (command !== COMMAND) return undefined;
  const form = FORMS.find((one) => one.verb === verb);
  const blank = words.find((word) => /^\[?<.*>\]?$/.test(word));
  if (form !== undefined && blank !== undefined)
    return { line, problem: `put your own words where ${quoted(blank)} stands` };
  if (form === undefined) return { line, problem: unknownVerb(verb) };
  const read = form.read(words);
  return 'problem' in read ? { line, problem: `${read.problem}; expected ${formOf(form)}` } : { line, asked: read };
}

export function formOf({ verb, takes }: Pick<Form, 'verb' | 'takes'>): string {
  return `${COMMAND} ${verb} ${takes}`.trimEnd();
}

function unknownVerb(verb: string | undefined): string {
  const verbs = FORMS.map((form) => form.verb);
  const found = verb === undefined ? 'it says nothing to do' : `${quoted(verb)} is no command`;
  return `${found}${verb === undefined ? '' : didYouMean(verb, verbs)}; ${COMMAND} help lists them`;
}

function named(name: string, make: (changeset: string) => Asked | { problem: string }): Asked | { problem: string } {
  if (name === '') return { problem: 'it names no changeset' };
  return CHANGESET.test(name) ? make(name) : { problem: `${quoted(name)} is no name of a changeset` };
}

function alone(words: string[], asked: Asked): Asked | { problem: string } {
  return words.length === 0 ? asked : tooMuch(words);
}

function tooMuch(words: string[]): { problem: string } {
  return { problem: `${quoted(words.join(' '))} is too much` };
}

function textOf(words: string[]): string {
  return words.join(' ').slice(0, REASON_LIMIT);
}
