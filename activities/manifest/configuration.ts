/** `lockstep.yaml` on the coordinator's default branch. */
import type { Commit } from '../../src/changeset.ts';
import { problemLine } from '../../src/manifest/problem.ts';
import type { Configuration, ConfigurationResult } from '../../src/manifest/readConfiguration.ts';
import type { ControlDeps } from '../deps.ts';
import { orUnreadable } from './unreadable.ts';

const PATH = 'lockstep.yaml';

type Where = Pick<ControlDeps, 'git' | 'parser' | 'coordinator'>;

export async function tryConfigurationAt(
  { git, parser, coordinator }: Where,
  commit: Commit,
): Promise<ConfigurationResult> {
  const file = await git.readFile(coordinator, commit, PATH);
  if (file?.content === undefined) {
    const message =
      file === undefined ? `${coordinator} has no ${PATH} on its default branch` : `${PATH} is no regular file`;
    return { problems: [{ path: PATH, line: 1, column: 1, where: '', message }] };
  }
  return orUnreadable(PATH, parser.readConfiguration(file.content, { path: PATH, coordinator }));
}

/** For those who were begun under a good configuration: a broken one is an error that passes when it is mended. */
export async function readConfigurationAt(where: Where, commit: Commit): Promise<Configuration> {
  const read = await tryConfigurationAt(where, commit);
  if ('configuration' in read) return read.configuration;
  throw new Error(`lockstep.yaml at ${commit} cannot be used: ${read.problems.map(problemLine).join('; ')}`);
}
