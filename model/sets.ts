/**
 * What is searched. The small sets, together about a minute, are for every change; the large ones are run to their end
 * before a release, their figures kept in docs/proof.md.
 */
import { ALL_COMMANDS, ALL_PUSHES, type Budget, type Fault, NOTHING, type Setting, type Wanted } from './setting.ts';

export interface NamedSetting {
  name: string;
  setting: Setting;
}

const one: Wanted = { name: 'one', pullRequest: 1, members: ['a', 'b'], approval: 'none' };
const two: Wanted = { name: 'two', pullRequest: 2, members: ['b', 'c'], approval: 'none' };
const wide: Wanted = { ...one, members: ['a', 'b', 'c'] };

const ALONE: Partial<Setting> = { changesets: [one] };
const WIDE: Partial<Setting> = { changesets: [wide] };
const ASKED: Partial<Setting> = { changesets: [{ ...one, approval: 'required' }] };
/** Two pipelines whose changesets share a repository. */
const BOTH: Partial<Setting> = { changesets: [one, two] };
/** What a few large sets take at once, so that they can be run to their end: prepared, staged and cleaned up at one moment. */
const COARSE: Partial<Setting> = { atOnce: ['prepare', 'stage', 'cleanUp'] };
const WORST: Partial<Budget> = { crash: 2, foreign: 1, rule: 1, revert: 1, resolve: 1 };
/** Two pipelines that share no repository, and exclude each other all the same. */
const ALL: Partial<Setting> = { changesets: [one, { ...two, members: ['c'] }], interference: 'all' };
/** The first of them gives its slot back for an approval, so that the other can land beside it. */
const ALL_ASKED: Partial<Setting> = {
  repositories: ['a', 'c'],
  changesets: [
    { ...one, members: ['a'], approval: 'required' },
    { ...two, members: ['c'] },
  ],
  interference: 'all',
};
/** The same two in one pipeline. */
const STACK: Partial<Setting> = { changesets: [one, { ...two, pullRequest: 1 }] };

export function settingOf(about: Partial<Setting>, budget: Partial<Budget>): Setting {
  return {
    repositories: ['a', 'b', 'c'],
    changesets: [one],
    interference: 'repositories',
    atOnce: [],
    commands: ALL_COMMANDS,
    pushes: ALL_PUSHES,
    ...about,
    budget: { ...NOTHING, ...budget },
  };
}

function set(name: string, about: Partial<Setting>, budget: Partial<Budget>): NamedSetting {
  return { name, setting: settingOf(about, budget) };
}

/** A few seconds: with every `npm test`. */
export const TINY: NamedSetting[] = [
  set('one changeset, two crashes', ALONE, { crash: 2 }),
  set('one changeset, a foreign push, a crash', ALONE, { foreign: 1, crash: 1 }),
  set('one changeset, a foreign push, an operator, red tests', ALONE, { foreign: 1, resolve: 1, red: 1 }),
  set("one changeset, a person's revert, a foreign push", ALONE, { revert: 1, foreign: 1 }),
  set('one changeset, an approval, a moved head', ASKED, { head: 1 }),
  set('one changeset, a new attempt, a foreign push', ALONE, { again: 1, foreign: 1 }),
  set('two pipelines', BOTH, {}),
  set('two pipelines, a crash', BOTH, { crash: 1 }),
  set('one pipeline with two changesets, a crash', STACK, { crash: 1 }),
];

/** About a minute: with every change. Each thing that may go wrong, alone and at every point. */
export const SMALL: NamedSetting[] = [
  ...TINY,
  set('one changeset, a repository that goes away, a crash', ALONE, { gone: 1, crash: 1 }),
  set('three repositories, a foreign push', WIDE, { foreign: 1 }),
  set('three repositories, a crash, a rule', WIDE, { crash: 1, rule: 1 }),
  set(
    'one changeset, a rule, a crash, an older main, a new attempt',
    { ...ALONE, ...COARSE, repositories: ['a', 'b'], pushes: ['back'] },
    { rule: 1, crash: 1, foreign: 1, again: 1 },
  ),
  set('two pipelines, a foreign push', BOTH, { foreign: 1 }),
  set('two pipelines, a moved head', BOTH, { head: 1 }),
  set('two pipelines, a command', BOTH, { command: 1 }),
  set("two pipelines, a person's revert", BOTH, { revert: 1 }),
  set('two pipelines, a rule, an operator', BOTH, { rule: 1, resolve: 1 }),
  set('one pipeline with two changesets, a foreign push', STACK, { foreign: 1 }),
  set('interference of all, a crash', ALL, { crash: 1 }),
  set('interference of all, a foreign push', ALL, { foreign: 1 }),
  set('interference of all, an approval, a crash', { ...ALL_ASKED, ...COARSE }, { crash: 1 }),
];

const WORDS = {
  crash: 'two crashes',
  foreign: 'a foreign push',
  head: 'a moved head',
  command: 'a command',
  rule: 'a rule',
  revert: "a person's revert",
} satisfies Partial<Record<Fault, string>>;

type Named = keyof typeof WORDS;

const TIMES: Partial<Budget> = { crash: 2 };

/** These together on two pipelines, with an operator where one is asked for. */
function together(...faults: Named[]): NamedSetting {
  const name = `two pipelines, ${faults.map((fault) => WORDS[fault]).join(', ')}, an operator`;
  const budget = Object.fromEntries(faults.map((fault) => [fault, TIMES[fault] ?? 1]));
  return set(name, { ...BOTH, ...COARSE }, { ...budget, resolve: 1 });
}

function pairs(): [Named, Named][] {
  const faults = Object.keys(WORDS) as Named[];
  return faults.flatMap((one, i) => faults.slice(i + 1).map((other): [Named, Named] => [one, other]));
}

/** Before a release: every two of them together, and some that are worse in company. */
export const FULL: NamedSetting[] = [
  ...pairs().map((pair) => together(...pair)),
  set('one changeset, two crashes, a foreign push, a rule, a revert, an operator', { ...ALONE, ...COARSE }, WORST),
  set(
    'three repositories, two crashes, a foreign push, a rule, an operator',
    { ...WIDE, ...COARSE },
    {
      ...WORST,
      revert: 0,
    },
  ),
  set(
    'one changeset, a new attempt, a crash, a foreign push, a revert, an operator',
    { ...ALONE, ...COARSE },
    {
      ...WORST,
      crash: 1,
      rule: 0,
      again: 1,
    },
  ),
  set(
    'one changeset, an approval, a moved head, a command, a crash',
    { ...ASKED, ...COARSE },
    {
      head: 1,
      command: 1,
      crash: 1,
    },
  ),
  set('one changeset, every read by itself, a foreign push, a head, a crash', ALONE, { foreign: 1, head: 1, crash: 1 }),
  set(
    'one changeset, a repository that goes away, a crash, a foreign push, an operator',
    { ...ALONE, ...COARSE },
    {
      gone: 1,
      crash: 1,
      foreign: 1,
      resolve: 1,
    },
  ),
  set('two pipelines, a repository that goes away, a crash', { ...BOTH, ...COARSE }, { gone: 1, crash: 1 }),
  set('one pipeline with two changesets, a crash, a foreign push', { ...STACK, ...COARSE }, { crash: 1, foreign: 1 }),
  set('interference of all, a crash, a foreign push', { ...ALL, ...COARSE }, { crash: 1, foreign: 1 }),
  set('interference of all, a crash, a command', { ...ALL, ...COARSE }, { crash: 1, command: 1 }),
  together('foreign', 'rule', 'revert'),
];
