/**
 * `npm run mutants`: each safety measure is taken out on purpose, in a copy of the tree, and what should notice it is run: the
 * explorer's small sets, seeds of the simulator, a fault run, an attack, or a named test. `--only <text>`: those whose measure has that text; `--seeds N`:
 * how many seeds; `--all`: every hunter, not only until one notices. Passed is what was noticed. `--stryker` runs Stryker instead.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hunt } from './hunters.ts';
import { MUTANTS } from './list.ts';
import { type Hunted, type Hunter, type Mutant, simulator } from './mutant.ts';
import { runStryker } from './stryker/run.ts';
import { type Tree, withTree } from './tree.ts';

const ROOT = join(import.meta.dirname, '..');
const SEEDS = { from: 1, count: 300 };

interface Told {
  hunter: Hunter;
  hunted: Hunted;
  seconds: number;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      seeds: { type: 'string' },
      all: { type: 'boolean' },
      stryker: { type: 'boolean' },
    },
  });
  if (values.stryker) return runStryker(ROOT);
  const seeds = { ...SEEDS, ...(values.seeds !== undefined && { count: Number(values.seeds) }) };
  const chosen = MUTANTS.filter(({ measure }) => measure.includes(values.only));
  if (chosen.length === 0) throw new Error(`no measure has “${values.only}” in its words`);
  return withTree(ROOT, async (tree) => {
    const send = sender(tree, seeds);
    for (const hunter of different(chosen.flatMap(({ hunters }) => hunters))) await expectCalm(await send(hunter));
    let failed = 0;
    for (const mutant of chosen) {
      const { behind = [], edits } = mutant;
      if (behind.length > 0) await tree.without({ edits: behind }, () => expectToHold(mutant, send));
      const told = await tree.without({ edits: [...behind, ...edits] }, () =>
        huntFor(mutant, send, values.all === true),
      );
      if (!isNoticed(mutant, told)) failed += 1;
      tell(mutant, told);
    }
    console.log(`${chosen.length - failed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  });
}

type Send = (hunter: Hunter) => Promise<Told>;

function sender({ root }: Tree, seeds: { from: number; count: number }): Send {
  return async (hunter) => {
    const began = performance.now();
    const hunted = await hunt(root, hunter, seeds);
    return { hunter, hunted, seconds: (performance.now() - began) / 1000 };
  };
}

/** Each once; the simulator with every seed that noticed something. */
function different(hunters: Hunter[]): Hunter[] {
  const first = hunters.flatMap((hunter) => (hunter.kind === 'simulator' ? hunter.first : []));
  const all = hunters.map((hunter) => (hunter.kind === 'simulator' ? simulator(...new Set(first)) : hunter));
  return [...new Map(all.map((hunter) => [nameOf(hunter), hunter])).values()];
}

/** With every measure in its place nobody may notice anything. */
async function expectCalm(told: Told): Promise<void> {
  if (told.hunted.kind !== 'unnoticed') throw new Error(`with nothing taken out: ${inWords(told)}`);
  console.log(`calm    with nothing taken out: ${inWords(told)}`);
}

/** The first lock is open: the second may keep work from its end, and must keep everything else. */
async function expectToHold({ measure, hunters }: Mutant, send: Send): Promise<void> {
  for (const hunter of hunters) {
    const told = await send(hunter);
    const held = told.hunted.kind === 'unnoticed' || onlyStandsStill(told.hunted);
    if (!held) throw new Error(`${measure}: with its first lock open: ${inWords(told)}`);
    console.log(`holds   ${measure}; its first lock is open: ${inWords(told)}`);
  }
}

/** As the explorer says it, and as a fault run does. */
const STANDS_STILL = /^12\b|^waited \d+ s for/;

function onlyStandsStill(hunted: Hunted): boolean {
  return hunted.kind === 'noticed' && STANDS_STILL.test(hunted.how);
}

function isNoticed({ behind }: Mutant, told: Told[]): boolean {
  return told.some(({ hunted }) => hunted.kind === 'noticed' && !(behind && onlyStandsStill(hunted)));
}

async function huntFor({ hunters }: Mutant, send: Send, all: boolean): Promise<Told[]> {
  const told: Told[] = [];
  for (const hunter of hunters) {
    const one = await send(hunter);
    told.push(one);
    if (one.hunted.kind === 'noticed' && !all) break;
  }
  return told;
}

function tell(mutant: Mutant, told: Told[]): void {
  console.log(`${isNoticed(mutant, told) ? 'noticed' : 'MISSED '} ${mutant.measure}`);
  for (const one of told) console.log(`          ${inWords(one)}`);
}

function inWords({ hunter, hunted, seconds }: Told): string {
  const took = `${seconds.toFixed(1)} s`;
  switch (hunted.kind) {
    case 'noticed':
      return `${nameOf(hunter)} after ${took}, ${hunted.where}: ${hunted.how}`;
    case 'unnoticed':
      return `${nameOf(hunter)}: nothing in ${hunted.searched}, ${took}`;
    case 'broken':
      return `${nameOf(hunter)} could not run, ${took}: ${hunted.why}`;
  }
}

function nameOf(hunter: Hunter): string {
  switch (hunter.kind) {
    case 'fault run':
      return `fault run “${hunter.run}”`;
    case 'attack':
      return `attack “${hunter.name}”`;
    case 'test':
      return `test “${hunter.name}” of ${hunter.file}`;
    default:
      return hunter.kind;
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  console.log('0 passed, 1 failed');
  return 1;
});
