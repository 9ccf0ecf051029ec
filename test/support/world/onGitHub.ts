/** What people do and see on the local GitHub of a test. */
import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import type { LocalGitHub } from '../../../server/local/github/index.ts';
import { until } from '../until.ts';

interface Pull {
  merged: boolean;
  state: string;
  head: { sha: string };
}

interface CheckRun {
  name: string;
  status: string;
  conclusion: string | null;
  output: { title: string; summary: string; annotations_count: number };
}

/** `token`: of a person, by whose rights the API is read. */
export function onGitHub(github: LocalGitHub, { coordinator, token }: { coordinator: string; token: string }) {
  const gitIn = (repository: string) => ({ cwd: github.admin.gitDirectory(repository) });
  const shown = {
    /** Opens a pull request with a manifest, as a person does. */
    async submit(
      text: string,
      about: { branch?: string; author?: string; files?: Record<string, string> } = {},
    ): Promise<number> {
      const branch = about.branch ?? `change-${randomBytes(4).toString('hex')}`;
      const files = { [`changesets/${branch}.yaml`]: text, ...about.files };
      await github.admin.commit(coordinator, branch, {
        files,
        message: `Change ${branch}`,
        author: about.author ?? 'ann',
      });
      return github.admin.openPullRequest(coordinator, {
        head: branch,
        title: `Change ${branch}`,
        author: about.author ?? 'ann',
      });
    },
    /** A branch of a member with these files, on the member's `main`. */
    branch(repository: string, name: string, files: Record<string, string | null>): Promise<string> {
      return github.admin.commit(repository, name, { files, message: `${name} in ${repository}`, author: 'ann' });
    },
    /** GitHub's API as ann sees it. */
    async api<T>(path: string, repository = coordinator): Promise<T> {
      const answer = await fetch(`${github.apiUrl}/repos/${repository}${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    pull: (pullRequest: number, repository = coordinator) => shown.api<Pull>(`/pulls/${pullRequest}`, repository),
    async comments(pullRequest: number, repository = coordinator): Promise<string[]> {
      const all = await shown.api<{ body: string }[]>(`/issues/${pullRequest}/comments?per_page=100`, repository);
      return all.map(({ body }) => body);
    },
    /** The one comment that is kept current. */
    async sticky(pullRequest: number): Promise<string> {
      const found = (await shown.comments(pullRequest)).filter((body) => body.includes('"version":'));
      if (found.length > 1) throw new Error(`expected one sticky comment, found ${found.length}`);
      return found[0] ?? '';
    },
    async failureComments(pullRequest: number): Promise<string[]> {
      return (await shown.comments(pullRequest)).filter((body) => body.includes(':failure -->'));
    },
    /** The check run `lockstep` on the pull request's head. */
    async check(pullRequest: number): Promise<CheckRun | undefined> {
      const { head } = await shown.pull(pullRequest);
      const { check_runs } = await shown.api<{ check_runs: CheckRun[] }>(`/commits/${head.sha}/check-runs`);
      return check_runs.find((run) => run.name === 'lockstep');
    },
    /** The check runs `lockstep` on all of the pull request's commits. */
    async checksOfAllHeads(pullRequest: number): Promise<{ head: string; status: string }[]> {
      const { head } = await shown.pull(pullRequest);
      const { stdout } = await execa('git', ['rev-list', '--max-count=100', head.sha], gitIn(coordinator));
      return github.admin
        .checkRuns(coordinator)
        .filter((run) => run.name === 'lockstep' && stdout.includes(run.headSha))
        .map(({ headSha, status }) => ({ head: headSha, status }));
    },
    /** The manifest's text on the branch of the pull request. */
    async manifestOf(pullRequest: number): Promise<string> {
      const { head } = await shown.pull(pullRequest);
      const [file] = await shown.api<{ filename: string }[]>(`/pulls/${pullRequest}/files`);
      const { stdout } = await execa('git', ['show', `${head.sha}:${file?.filename}`], {
        ...gitIn(coordinator),
        stripFinalNewline: false,
      });
      return stdout;
    },
    async merged(pullRequest: number): Promise<boolean> {
      return (await shown.pull(pullRequest)).merged;
    },
    whenMerged: (pullRequest: number, withinMs = 150_000) =>
      until(`pull request #${pullRequest} to be merged`, () => shown.merged(pullRequest), withinMs),
  };
  return shown;
}
