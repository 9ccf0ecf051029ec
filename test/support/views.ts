/** What people are shown, in few words. */
import type { Phase } from '../../src/plan/progress.ts';
import type { About } from '../../src/report/sticky.ts';
import type { ChangesetView, PipelineStage, PipelineView } from '../../src/report/view.ts';
import { commit } from './landings.ts';

export const GITHUB_LIMIT = 60_000;
export const about: About = { links: { publicUrl: 'https://lockstep.example/' }, now: '2026-01-02T10:44:03.000Z' };
export const id = { coordinator: 'acme/coordinator', pullRequest: 12, name: 'checkout' };

export function one(name: string, phase: Phase, more: Partial<ChangesetView> = {}): ChangesetView {
  const members = [{ repository: 'acme/api', branch: 'feature/x', head: commit('apih1') }];
  return { name, line: 3, phase, members, after: [], ...more };
}

export function view(stage: PipelineStage, changesets: ChangesetView[], refusals: string[] = []): PipelineView {
  return {
    coordinator: 'acme/coordinator',
    pullRequest: 12,
    manifest: 'changesets/x.yaml',
    head: commit('head'),
    stage,
    parallelism: 2,
    changesets,
    refusals,
  };
}
