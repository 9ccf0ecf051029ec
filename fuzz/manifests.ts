/** Manifests, by their grammar and by their bytes, as the product reads them. */
import { createRandom, type Random } from '../simulator/random.ts';
import { readConfiguration } from '../src/manifest/readConfiguration.ts';
import { readManifest } from '../src/manifest/readManifest.ts';
import { mutatedBytes, NASTY_TEXTS } from './mutate.ts';
import { complaintsOf, type Part, seedOf, type Wish } from './part.ts';

const PATH = 'changesets/x.yaml';
const COORDINATOR = 'acme/coordinator';
const REPOSITORIES = ['acme/api', 'acme/docs', 'acme/web'];
const CONFIGURATION = `repositories: [${REPOSITORIES.join(', ')}]\n`;

const WORDS = [
  ...NASTY_TEXTS,
  'acme/api',
  'ACME/API',
  'acme/api.git',
  'https://github.com/acme/api',
  'feature',
  'main',
  'refs/heads/x',
  'lockstep/x',
  '0123456',
  '1e10',
  'yes',
  'null',
  '&a x',
  '*a',
  '!!js/function x',
  '<<: {a: b}',
  '|\n  text\n more',
  '>-\n x',
  '{a: [b, {c: d}]}',
  '"unclosed',
  "'it''s'",
  '# comment',
  '---',
  '...',
  '%YAML 9.9',
  '\t',
  '? [a]\n: b',
  'success',
  'failed',
];
const KEYS = [
  'name',
  'branch',
  'repositories',
  'changesets',
  'priority',
  'approval',
  'status',
  'brnach',
  'needs',
  '__proto__',
  '? x',
  '"a b"',
  '-',
];

function manifestOf(random: Random): Buffer {
  const lines = ['changesets:'];
  for (let i = random.between(0, 4); i > 0; i -= 1) {
    lines.push(`  - name: ${random.chance(90) ? `c${i}` : random.pick(WORDS)}`, '    repositories:');
    for (const repository of REPOSITORIES.filter(() => random.chance(60))) {
      lines.push(`      - name: ${repository}`, '        branch: feature');
    }
  }
  for (let i = random.pick([0, 0, 1, 2, 4]); i > 0; i -= 1) {
    const at = random.between(0, lines.length);
    const indent = random.pick(['', '  ', '    ', '        ', '\t', '  - ']);
    lines.splice(at, random.between(0, 1), `${indent}${random.pick(KEYS)}: ${random.pick(WORDS)}`);
  }
  if (random.chance(5)) lines.push(random.pick(['[', '{a: ', '- ', '&a [*a, ']).repeat(random.between(1, 20_000)));
  const bytes = Buffer.from(lines.join(random.chance(90) ? '\n' : '\r\n'));
  return random.chance(40) ? mutatedBytes(random, bytes) : bytes;
}

/** Each is a plan or a list of problems that a person can be shown; nothing is thrown, nothing takes long. */
export function fuzzManifests(wish: Wish): Part {
  const complaints = complaintsOf();
  const configured = readConfiguration(Buffer.from(CONFIGURATION), { path: 'lockstep.yaml', coordinator: COORDINATOR });
  if (!('configuration' in configured)) throw new Error('expected a configuration');
  const { configuration } = configured;
  let [longest, good] = [0, 0];
  for (let i = 0; i < wish.count; i += 1) {
    const seed = seedOf(wish, i);
    const text = manifestOf(createRandom(seed));
    const began = performance.now();
    try {
      const read = readManifest(text, { path: PATH, configuration, coordinator: COORDINATOR });
      if ('changesets' in read) good += 1;
      else if (read.problems.length === 0) complaints.say(`seed ${seed}: neither a plan nor a problem`);
      else if (read.problems.some(({ line, column, message }) => line < 1 || column < 1 || message === ''))
        complaints.say(`seed ${seed}: a problem without a place or words: ${JSON.stringify(read.problems)}`);
    } catch (error) {
      complaints.say(`seed ${seed}: ${String(error)}`);
    }
    longest = Math.max(longest, performance.now() - began);
  }
  return {
    name: 'manifests',
    tried: wish.count,
    complaints: complaints.all(),
    figures: [`${good} of them good`, `the longest took ${longest.toFixed(0)} ms`],
  };
}
