/** Live progress: a table that updates on a terminal, plain lines when piped. */
import { createLogUpdate } from 'log-update';
import type { Phase, Progress } from '../../../src/plan/progress.ts';
import { phaseSentence } from '../../../src/report/phases.ts';

export interface Show {
  /** Something that happened once, above the table. */
  say(line: string): void;
  update(names: string[], progress: Progress): void;
  /** Leaves the last table standing. */
  done(): void;
}

const MARKS: Record<Phase['at'], string> = {
  waiting: '·',
  looking: '▸',
  preparing: '▸',
  testing: '▸',
  approval: '✋',
  staging: '▸',
  granting: '▸',
  landing: '▸',
  rollingBack: '↩',
  halted: '!',
  operator: '!',
  resolving: '✋',
  ended: '=',
};

export function createShow(out: NodeJS.WriteStream): Show {
  const started = Date.now();
  const clock = () => `${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s`;
  return out.isTTY ? tableOn(out, clock) : linesOn(out, clock);
}

function tableOn(out: NodeJS.WriteStream, clock: () => string): Show {
  const table = createLogUpdate(out);
  let last = '';
  return {
    say(line) {
      table.clear();
      out.write(`${clock()}  ${line}\n`);
      table(last);
    },
    update(names, progress) {
      const width = Math.max(0, ...names.map((name) => name.length));
      const columns = (out.columns ?? 100) - width - 6;
      last = names.map((name) => row(name.padEnd(width), progress[name], columns)).join('\n');
      table(`\n${last}\n`);
    },
    done: () => table.done(),
  };
}

function row(name: string, phase: Phase = { at: 'waiting' }, columns = 80): string {
  return `  ${markOf(phase)} ${name}  ${phaseSentence(phase).slice(0, Math.max(20, columns))}`;
}

function markOf(phase: Phase): string {
  if (phase.at !== 'ended') return MARKS[phase.at];
  return { landed: '✔', failed: '✘', rolledBack: '↩', skipped: '»', stopped: '■' }[phase.outcome.kind];
}

function linesOn(out: NodeJS.WriteStream, clock: () => string): Show {
  const seen = new Map<string, string>();
  return {
    say: (line) => void out.write(`${clock()}  ${line}\n`),
    update(names, progress) {
      for (const name of names) {
        const phase = progress[name];
        if (phase === undefined) continue;
        const line = phaseSentence(phase);
        if (seen.get(name) === line) continue;
        seen.set(name, line);
        out.write(`${clock()}  ${markOf(phase)} ${name}: ${line}\n`);
      }
    },
    done: () => undefined,
  };
}
