/** What the demo claims, checked against git: `main` before and after, what landed, and that the rest left no trace. */
import { execa } from 'execa';
import type { LocalGitHub } from '../github/index.ts';
import { MEMBERS } from './shop.ts';

interface Expected {
  changeset: string;
  members: Record<string, string>;
  outcome: 'landed' | 'failed' | 'skipped';
}

const CENTS = 'feature/price-in-cents';

export const EXPECTED: Expected[] = [
  {
    changeset: 'price-in-cents',
    members: { 'acme/contracts': CENTS, 'acme/pricing': CENTS, 'acme/checkout': CENTS },
    outcome: 'landed',
  },
  { changeset: 'austrian-tax', members: { 'acme/pricing': 'feature/austrian-tax' }, outcome: 'landed' },
  { changeset: 'search-by-tag', members: { 'acme/catalog': 'feature/search-by-tag' }, outcome: 'failed' },
  { changeset: 'new-header', members: { 'acme/web': 'feature/new-header' }, outcome: 'landed' },
  { changeset: 'coffee', members: { 'acme/catalog': 'feature/coffee' }, outcome: 'skipped' },
];

export type Mains = Record<string, string>;

export async function readMains(github: LocalGitHub): Promise<Mains> {
  const mains: Mains = {};
  for (const name of MEMBERS) mains[name] = (await github.admin.readRef(name, 'main')) ?? '';
  return mains;
}

/** Lines for people, and every difference from what the demo expects. */
export async function verify(
  github: LocalGitHub,
  about: { before: Mains; heads: Record<string, string> },
): Promise<{ lines: string[]; differences: string[] }> {
  const after = await readMains(github);
  const differences: string[] = [];
  const lines: string[] = ['repository       main before → after   first-parent commits that came'];
  for (const name of MEMBERS) {
    const commits = await landed(github, { name, from: about.before[name] ?? '', to: after[name] ?? '' });
    const what = commits.length > 0 ? commits.join('; ') : 'unchanged';
    lines.push(`${name.padEnd(16)} ${about.before[name]?.slice(0, 7)} → ${after[name]?.slice(0, 7)}     ${what}`);
  }
  for (const { changeset, members, outcome } of EXPECTED) {
    for (const [name, branch] of Object.entries(members)) {
      const head = about.heads[`${name} ${branch}`] ?? '';
      const isThere = await contains(github, { name, head });
      const should = outcome === 'landed';
      if (isThere !== should) {
        differences.push(
          `${changeset}: expected main of ${name} ${should ? 'to have' : 'not to have'} ${branch} (${head.slice(0, 7)})`,
        );
      }
    }
  }
  return { lines, differences: [...differences, ...(await staged(github))] };
}

async function landed(github: LocalGitHub, range: { name: string; from: string; to: string }): Promise<string[]> {
  const git = await execa('git', ['log', '--first-parent', '--reverse', '--format=%s', `${range.from}..${range.to}`], {
    cwd: github.admin.gitDirectory(range.name),
  });
  return git.stdout.split('\n').filter(Boolean);
}

async function contains(github: LocalGitHub, at: { name: string; head: string }): Promise<boolean> {
  const git = await execa('git', ['merge-base', '--is-ancestor', at.head, 'refs/heads/main'], {
    cwd: github.admin.gitDirectory(at.name),
    reject: false,
  });
  return git.exitCode === 0;
}

/** Staging branches that nobody removed. */
async function staged(github: LocalGitHub): Promise<string[]> {
  const all = await Promise.all(
    MEMBERS.map(async (name) => {
      const git = await execa('git', ['for-each-ref', '--format=%(refname)', 'refs/heads/lockstep/'], {
        cwd: github.admin.gitDirectory(name),
      });
      return git.stdout
        .split('\n')
        .filter(Boolean)
        .map((ref) => `expected no staging branch in ${name}, found ${ref}`);
    }),
  );
  return all.flat();
}
