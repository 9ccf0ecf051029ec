/** `lockstep.yaml` on the coordinator's default branch. */
import type { Commit, RepositoryName } from '../../src/changeset.ts';
import { problemLine } from '../../src/manifest/problem.ts';
import {
  type Configuration,
  type ConfigurationResult,
  readConfiguration,
} from '../../src/manifest/readConfiguration.ts';
import type { Git } from '../../src/ports.ts';

const PATH = 'lockstep.yaml';

export async function tryConfigurationAt(
  git: Git,
  coordinator: RepositoryName,
  commit: Commit,
): Promise<ConfigurationResult> {
  const file = await git.readFile(coordinator, commit, PATH);
  if (file?.content === undefined) {
    const message =
      file === undefined ? `${coordinator} has no ${PATH} on its default branch` : `${PATH} is no regular file`;
    return { problems: [{ path: PATH, line: 1, column: 1, where: '', message }] };
  }
  return readConfiguration(file.content, { path: PATH, coordinator });
}

/** For those who were begun under a good configuration: a broken one is an error that passes when it is mended. */
export async function readConfigurationAt(
  git: Git,
  coordinator: RepositoryName,
  commit: Commit,
): Promise<Configuration> {
  const read = await tryConfigurationAt(git, coordinator, commit);
  if ('configuration' in read) return read.configuration;
  throw new Error(`lockstep.yaml at ${commit} cannot be used: ${read.problems.map(problemLine).join('; ')}`);
}
