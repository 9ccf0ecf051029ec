/** Comments of any text, as the product reads commands out of them. */
import { ownLines } from '../activities/commands/lines.ts';
import { createRandom, type Random } from '../simulator/random.ts';
import { readLine } from '../src/commands/grammar.ts';
import { mutatedBytes, NASTY_TEXTS } from './mutate.ts';
import { complaintsOf, type Part, seedOf, type Wish } from './part.ts';

const PIECES = [
  ...NASTY_TEXTS,
  '/lockstep approve checkout',
  '/lockstep approve checkout 0123456',
  '/lockstep skip checkout not today',
  '/lockstep pause release',
  '/lockstep resume',
  '/lockstep resolve checkout finish; rm -rf /',
  '/LOCKSTEP approve x',
  '/lockstep aprove x',
  '/lockstep',
  'and then /lockstep resume',
  '> quoted',
  '```',
  '~~~~ js',
  '    indented',
  '- item',
  '1. item',
  '<details>',
  '<!--',
  '-->',
  '| a | b |',
  '|---|---|',
  '[x]: http://example.com "t"',
  '[^1]: note',
  '$$',
  '`code',
  '**bold',
  '@everyone',
  '&#47;lockstep resume',
  '\\/lockstep resume',
];

function commentOf(random: Random): string {
  const lines = Array.from({ length: random.between(1, 12) }, () => random.pick(PIECES));
  const text = lines.join(random.pick(['\n', '\n', '\n\n', '\r\n', ' ']));
  return random.chance(30) ? mutatedBytes(random, Buffer.from(text)).toString('utf8') : text;
}

/** Nothing is thrown; what stands in a fence, a quote or after a comment's beginning is never a command. */
export function fuzzComments(wish: Wish): Part {
  const complaints = complaintsOf();
  let [longest, commands] = [0, 0];
  for (let i = 0; i < wish.count; i += 1) {
    const seed = seedOf(wish, i);
    const text = commentOf(createRandom(seed));
    const began = performance.now();
    try {
      commands += commandsIn(text);
      longest = Math.max(longest, performance.now() - began);
      const fence = '`'.repeat(longestRun(text) + 3);
      const enclosed = [`${fence}\n${text}\n${fence}`, quoted(text), `<!--\n${text}`];
      for (const body of enclosed) {
        if (commandsIn(body) > 0)
          complaints.say(`seed ${seed}: a command was read out of ${JSON.stringify(body.slice(0, 500))}`);
      }
    } catch (error) {
      complaints.say(`seed ${seed}: ${String(error)}`);
    }
  }
  return {
    name: 'comments',
    tried: wish.count,
    complaints: complaints.all(),
    figures: [`${commands} commands in them`, `the longest took ${longest.toFixed(0)} ms`],
  };
}

const quoted = (text: string) =>
  text
    .split(/\r\n?|\n/)
    .map((line) => `> ${line}`)
    .join('\n');

const commandsIn = (text: string) => ownLines(text).flatMap((line) => readLine(line) ?? []).length;

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
