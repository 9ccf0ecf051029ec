/** What stands in the repositories of a test: read from git itself. */
import { execa } from 'execa';
import type { LocalGitHub } from '../../../server/local/github/index.ts';

export function inGit(github: LocalGitHub, coordinator: string) {
  const gitIn = (repository: string) => ({ cwd: github.admin.gitDirectory(repository) });
  return {
    async main(repository: string): Promise<string> {
      return (await github.admin.readRef(repository, 'main')) ?? '';
    },
    /** Commit messages of `main`'s first-parent history, newest first. */
    async history(repository: string): Promise<string[]> {
      const { stdout } = await execa(
        'git',
        ['log', '--first-parent', '--format=%B%x00', 'refs/heads/main'],
        gitIn(repository),
      );
      return stdout
        .split('\0')
        .map((message) => message.trim())
        .filter(Boolean);
    },
    /** A file on `main` of a member. */
    async show(repository: string, path: string): Promise<string | undefined> {
      const git = await execa('git', ['show', `refs/heads/main:${path}`], {
        ...gitIn(repository),
        reject: false,
        stripFinalNewline: false,
      });
      return git.exitCode === 0 ? git.stdout : undefined;
    },
    async refs(repository: string, under: string): Promise<string[]> {
      const { stdout } = await execa('git', ['for-each-ref', '--format=%(refname)', under], gitIn(repository));
      return stdout.split('\n').filter(Boolean);
    },
    /** Updates of `main` by the bot, in order: `acme/api`, … */
    landings: () =>
      github.admin
        .record()
        .filter(
          (update) =>
            update.ref === 'refs/heads/main' && update.by === 'lockstep[bot]' && update.repository !== coordinator,
        )
        .map((update) => update.repository),
    /** Whether `main` of a member contains a commit. */
    async landed(repository: string, commit: string): Promise<boolean> {
      const git = await execa('git', ['merge-base', '--is-ancestor', commit, 'refs/heads/main'], {
        ...gitIn(repository),
        reject: false,
      });
      return git.exitCode === 0;
    },
  };
}
