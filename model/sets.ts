/**
 * What is searched. The small sets, together about a minute, are for every change; the large ones are run to their end
 * before a release, their figures kept in docs/proof.md.
 */
import { ALL_COMMANDS, ALL_PUSHES, type Budget, NOTHING, type Setting, type Wanted } from './setting.ts';

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

export const SMALL: NamedSetting[] = [
  set('one changeset, two crashes', ALONE, { crash: 2 }),
  set('one changeset, a foreign push, a crash', ALONE, { foreign: 1, crash: 1 }),
  set('one changeset, a foreign push, an operator', ALONE, { foreign: 1, resolve: 1, red: 1 }),
  set("one changeset, a person's revert, a foreign push", ALONE, { revert: 1, foreign: 1 }),
  set('one changeset, an approval, a moved head', ASKED, { head: 1 }),
  set('two pipelines', BOTH, {}),
  set('two pipelines, a crash', BOTH, { crash: 1 }),
  set('one pipeline, two changesets, a crash', STACK, { crash: 1 }),
];

export const FULL: NamedSetting[] = [
  set('three repositories, two crashes, a foreign push', WIDE, { crash: 2, foreign: 1 }),
];
