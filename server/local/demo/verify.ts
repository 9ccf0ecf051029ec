/**
 * What the demo claims, checked against git: `main` before and after, what landed, that the rest left no trace, and that the
 * pull request was merged with every changeset's status.
 */
import { execa } from 'execa';
import { statusesIn } from '../../../src/manifest/reviewStatusChanges.ts';
import type { LocalGitHub } from '../github/index.ts';
import { BRANCH, COORDINATOR, MANIFEST_PATH, MEMBERS } from './shop.ts';

interface Expected {
  changeset: string;
  members: Record<string, string>;
  outcome: 'landed' | 'failed' | 'skipped';
}

const CENTS = 'feature/price-in-cents';

const EXPECTED: Expected[] = [
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
  for (const name of [COORDINATOR, ...MEMBERS]) mains[name] = (await github.admin.readRef(name, 'main')) ?? '';
  return mains;
}

/** What was found, in lines for people, and every difference from what the demo expects. */
export async function verify(
  github: LocalGitHub,
  about: { before: Mains; heads: Record<string, string> },
): Promise<{ mains: string[]; outcomes: string[]; differences: string[] }> {
  const statuses = await readStatuses(github);
  return {
    mains: await movesOf(github, about.before),
    outcomes: EXPECTED.map(({ changeset, members }) => {
      const found = statuses.get(changeset) ?? 'no status';
      return `${changeset.padEnd(15)} ${found.padEnd(9)} ${Object.keys(members).join(', ')}`;
    }),
    differences: [
      ...(await unmerged(github)),
      ...EXPECTED.flatMap((expected) => wrongStatus(expected, statuses)),
      ...(await wrongMains(github, about.heads)),
      ...(await staged(github)),
    ],
  };
}

async function movesOf(github: LocalGitHub, before: Mains): Promise<string[]> {
  const after = await readMains(github);
  const lines: string[] = ['repository       main before → after   first-parent commits that came'];
  for (const name of Object.keys(after)) {
    const commits = await landed(github, { name, from: before[name] ?? '', to: after[name] ?? '' });
    const what = commits.length > 0 ? commits.join('; ') : 'unchanged';
    lines.push(`${name.padEnd(16)} ${before[name]?.slice(0, 7)} → ${after[name]?.slice(0, 7)}     ${what}`);
  }
  return lines;
}

/** What the manifest on the coordinator's `main` says of each changeset; nothing before it is merged. */
async function readStatuses(github: LocalGitHub): Promise<Map<string, string>> {
  const git = await execa('git', ['show', `refs/heads/main:${MANIFEST_PATH}`], {
    cwd: github.admin.gitDirectory(COORDINATOR),
    reject: false,
  });
  const words = { success: 'landed', failed: 'failed', skipped: 'skipped' };
  return new Map(statusesIn(git.exitCode === 0 ? git.stdout : '').map(({ name, status }) => [name, words[status]]));
}

function wrongStatus({ changeset, outcome }: Expected, statuses: Map<string, string>): string[] {
  const found = statuses.get(changeset) ?? 'none';
  if (found === outcome) return [];
  return [`${changeset}: expected ${outcome} as its status on main of ${COORDINATOR}, found ${found}`];
}

async function unmerged(github: LocalGitHub): Promise<string[]> {
  const head = (await github.admin.readRef(COORDINATOR, BRANCH)) ?? '';
  if (await contains(github, { name: COORDINATOR, head })) return [];
  return [
    `expected the pull request to be merged, found main of ${COORDINATOR} without ${BRANCH} (${head.slice(0, 7)})`,
  ];
}

async function wrongMains(github: LocalGitHub, heads: Record<string, string>): Promise<string[]> {
  const differences: string[] = [];
  for (const { changeset, members, outcome } of EXPECTED) {
    for (const [name, branch] of Object.entries(members)) {
      const head = heads[`${name} ${branch}`] ?? '';
      const isThere = await contains(github, { name, head });
      const should = outcome === 'landed';
      if (isThere !== should) {
        differences.push(
          `${changeset}: expected main of ${name} ${should ? 'to have' : 'not to have'} ${branch} (${head.slice(0, 7)})`,
        );
      }
    }
  }
  return differences;
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
