/** Commits and mains: from git and from the forge's own record of ref updates. */
import { execa } from 'execa';
import type { CommitFacts, Happened, MainUpdate } from '../../invariants/happened.ts';
import type { LocalGitHub } from '../../server/local/github/index.ts';
import { workFile } from '../people.ts';
import { ALL_MEMBERS, COORDINATOR } from '../template.ts';

const HEADS = 'refs/heads/';

/** Every update of every branch, in the record's order: members' `main`s, and all others. */
export function readUpdates({ admin, app }: LocalGitHub): Required<Pick<Happened, 'mains' | 'branches'>> {
  const bot = `${app.slug}[bot]`;
  const all = admin
    .record()
    .filter(({ ref }) => ref.startsWith(HEADS))
    .map(({ repository, ref, old, new: to, by, at }) => ({
      at: Date.parse(at),
      repository,
      branch: ref.slice(HEADS.length),
      old,
      new: to,
      by: by === bot ? ('lockstep' as const) : ('somebody' as const),
    }));
  const isMain = ({ branch, repository }: (typeof all)[number]) => branch === 'main' && repository !== COORDINATOR;
  return {
    mains: all.filter(isMain).map(({ branch: _, ...update }) => ({ ...update, new: update.new ?? '' })),
    branches: all.filter((update) => !isMain(update)).map(({ old: _, ...update }) => update),
  };
}

/** `labels`: the changesets by the name that their work has in a tree. */
export async function readCommits(
  github: LocalGitHub,
  { mains, labels }: { mains: MainUpdate[]; labels: Map<string, string> },
): Promise<Map<string, CommitFacts>> {
  const commits = new Map<string, CommitFacts>();
  for (const repository of ALL_MEMBERS) {
    const cwd = github.admin.gitDirectory(repository);
    for (const [commit, facts] of await commitsIn(cwd)) commits.set(commit, facts);
    const tips = [...new Set(mains.filter((one) => one.repository === repository).map((one) => one.new))];
    const shown = await worksIn(cwd, tips, [...labels.keys()]);
    for (const tip of tips) {
      const facts = commits.get(tip);
      const shows = (shown.get(tip) ?? []).flatMap((name) => labels.get(name) ?? []);
      if (facts) commits.set(tip, { ...facts, shows });
    }
  }
  return commits;
}

/** Also those that no ref leads to any more. */
async function commitsIn(cwd: string): Promise<[string, CommitFacts][]> {
  const check = ['cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(objectname)'];
  const { stdout: objects } = await execa('git', check, { cwd });
  const ids = objects.split('\n').flatMap((line) => /^commit (\w+)$/.exec(line)?.[1] ?? []);
  const format = ['log', '--no-walk=unsorted', '--stdin', '--format=%H%x00%P%x00%B%x01'];
  const { stdout } = await execa('git', format, { cwd, input: `${ids.join('\n')}\n` });
  return stdout
    .split('\x01')
    .map((entry) => entry.trimStart().split('\0'))
    .filter((parts) => parts.length === 3)
    .map(([id = '', parents = '', message = '']) => [id, { parents: parents.split(' ').filter(Boolean), message }]);
}

/** Names of the changesets whose work the trees show. */
async function worksIn(cwd: string, tips: string[], names: string[]): Promise<Map<string, string[]>> {
  const asked = tips.flatMap((tip) => names.map((name) => ({ tip, name })));
  if (asked.length === 0) return new Map();
  const input = asked.map(({ tip, name }) => `${tip}:${workFile(name)}\n`).join('');
  const { stdout } = await execa('git', ['cat-file', '--batch-check=%(objecttype)'], { cwd, input });
  const found = stdout.split('\n');
  return new Map(
    tips.map((tip) => [tip, asked.flatMap((one, i) => (one.tip === tip && found[i] === 'blob' ? [one.name] : []))]),
  );
}

export async function stagingRefs({ admin }: LocalGitHub): Promise<string[]> {
  const each = await Promise.all(
    [COORDINATOR, ...ALL_MEMBERS].map(async (repository) => {
      const args = ['for-each-ref', '--format=%(refname)', 'refs/heads/lockstep'];
      const { stdout } = await execa('git', args, { cwd: admin.gitDirectory(repository) });
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((ref) => `${ref} in ${repository}`);
    }),
  );
  return each.flat();
}

/** The digest that the test script gives of a repository, from the commit itself. */
export async function digestOf({ admin }: LocalGitHub, repository: string, commit: string): Promise<string> {
  const script = `set -e; d="$(mktemp -d)"; trap 'rm -rf "$d"' EXIT; git archive "$1" | tar -x -C "$d"; cd "$d"
    find . -type f | LC_ALL=C sort | xargs -r -d '\\n' sha1sum | sha1sum | cut -d' ' -f1`;
  const { stdout } = await execa('bash', ['-c', script, 'digest', commit], { cwd: admin.gitDirectory(repository) });
  return stdout.trim();
}
