/** Whether a pull request is about a manifest, as far as its list of files says. */
import type { ControlDeps } from '../deps.ts';

/** With one that is deleted it is people's own business (readPlan). */
export async function touchesManifests({ forge }: Pick<ControlDeps, 'forge'>, pullRequest: number): Promise<boolean> {
  const files = await forge.changedFiles(pullRequest);
  const manifests = files.filter((file) => /^changesets\/.+\.ya?ml$/.test(file.path));
  return manifests.length > 0 && manifests.every((file) => file.change !== 'removed');
}
