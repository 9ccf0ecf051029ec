/**
 * `npm run attacks`: what the author of a branch may try against the host of its tests, as such an author would write it, through the
 * whole pipeline on real processes, beside a neighbour. `--only <text>` (more than once): those whose name has that text; `--list`
 * names them; `--show`: with what each wrote; `--mine <file>`: a test script of your own, as an attack; `--start-cost`: only what the
 * start of a sandbox costs. The last line says `N passed, N failed`.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { Attack } from '../attacks/attack.ts';
import { ATTACKS } from '../attacks/list.ts';
import { runAttacks } from '../attacks/run.ts';
import { costInWords, measureStart } from '../attacks/startCost.ts';
import { figuresOf, lineOf } from '../attacks/tell.ts';
import { withAttackStage } from './attackStage.ts';
import { sandboxChoice } from './sandbox.ts';

const say = (line: string) => process.stderr.write(`lockstep: ${line}\n`);

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      show: { type: 'boolean', default: false },
      mine: { type: 'string' },
      'start-cost': { type: 'boolean', default: false },
    },
  });
  const { only } = values;
  if (values['start-cost']) return startCost();
  const chosen = values.mine
    ? [await ownAttack(values.mine)]
    : ATTACKS.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
  if (values.list) {
    for (const { name } of chosen) console.log(name);
    return 0;
  }
  return attack(chosen, values.show || values.mine !== undefined);
}

async function startCost(): Promise<number> {
  console.log(await costOfStart());
  console.log('1 passed, 0 failed');
  return 0;
}

/** A figure; nothing is judged. */
async function costOfStart(): Promise<string> {
  const choice = await sandboxChoice(process.env, say);
  return costInWords(await measureStart(choice === 'bubblewrap-only' ? 'without' : 'find'));
}

async function attack(chosen: Attack[], show: boolean): Promise<number> {
  const { verdicts, complaints, folder } = await withAttackStage(say, (stage) =>
    runAttacks(stage, chosen, (verdict) => {
      console.log(lineOf(verdict));
      if (show || verdict.complaints.length > 0) console.log(verdict.log.slice(-8_000).replace(/^/gm, '    | '));
    }),
  );
  for (const complaint of complaints) console.log(`FAILED ${complaint}`);
  if (folder !== undefined) say(`everything of it is kept in ${folder}`);
  console.log(figuresOf(verdicts));
  if (chosen.length === ATTACKS.length) console.log(await costOfStart());
  const failed = verdicts.filter((one) => one.complaints.length > 0).length + (complaints.length > 0 ? 1 : 0);
  console.log(`${verdicts.length + (complaints.length > 0 ? 1 : 0) - failed} passed, ${failed} failed`);
  return failed > 0 || verdicts.length === 0 ? 1 : 0;
}

/** Everything is looked at but what it should have tried, and how it should end. */
async function ownAttack(file: string): Promise<Attack> {
  const script = await readFile(file, 'utf8');
  const name = basename(file)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return { name: `mine-${name}`, test: () => script, tried: [], ends: 'any' };
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  console.log('0 passed, 1 failed');
  return 1;
});
