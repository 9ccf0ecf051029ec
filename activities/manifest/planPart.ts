/**
 * A long plan is read in parts: what an activity returns is kept in its workflow's history whole, and is to stay below 8 KB
 * (TEMPORAL.md). Each part is made anew from the same commits.
 */
import type { Changeset } from '../../src/changeset.ts';
import type { StatusOf } from '../../src/manifest/reviewStatusChanges.ts';
import { type PlannedChangeset, planChangesets } from '../../src/plan/plan.ts';
import type { ControlDeps } from '../deps.ts';
import { MissingCommit } from '../git/errors.ts';
import type { PlanPart, PlanPartRequest } from '../types.ts';
import { tryConfigurationAt } from './configuration.ts';
import { orUnreadable } from './unreadable.ts';

/** Leaves room for what else the first part says. */
const PART_BYTES = 7 * 1024;

export async function readPlanPart(deps: ControlDeps, { at, from }: PlanPartRequest): Promise<PlanPart | 'gone'> {
  const { git, coordinator } = deps;
  const { head, main, manifest: path, dropped } = at;
  try {
    await git.fetch(coordinator, [head, main], deps.live());
  } catch (error) {
    if (error instanceof MissingCommit) return 'gone';
    throw error;
  }
  const [file, configured] = await Promise.all([git.readFile(coordinator, head, path), tryConfigurationAt(deps, main)]);
  if (file?.content === undefined || 'problems' in configured) return 'gone';
  const { configuration } = configured;
  const read = await orUnreadable(path, deps.parser.readManifest(file.content, { path, configuration, coordinator }));
  if ('problems' in read) return 'gone';
  const known = withStatuses(read.changesets, dropped);
  return partOf(planChangesets(known, configuration.interference), from);
}

/** Those whose statuses a force-push dropped have ended all the same. */
export function withStatuses(changesets: Changeset[], dropped: StatusOf[]): Changeset[] {
  return changesets.map((changeset) => {
    const was = dropped.find(({ name }) => name === changeset.name);
    return was === undefined ? changeset : { ...changeset, status: was.status };
  });
}

/** At least one, and as many as fit. */
export function partOf(changesets: PlannedChangeset[], from: number): PlanPart {
  let bytes = 0;
  const left = changesets.slice(from);
  const end = left.findIndex((changeset, i) => {
    bytes += Buffer.byteLength(JSON.stringify(changeset)) + 1;
    return i > 0 && bytes > PART_BYTES;
  });
  const part = end === -1 ? left : left.slice(0, end);
  return { changesets: part, rest: left.length - part.length };
}
