/** The check run `lockstep` of a pipeline (CONTRACT, The pull request): every way out completes it. */
import type { Annotation, Check } from '../ports.ts';
import { outcomeSentence } from './phases.ts';
import { type About, headline, stickyComment, summary, wordOf } from './sticky.ts';
import { beginning, plain } from './text.ts';
import type { PipelineView } from './view.ts';

export function checkOf(view: PipelineView, about: About): Check {
  const body = stickyComment(view, about).split('\n').slice(2).join('\n');
  return {
    head: view.head,
    state: stateOf(view),
    title: titleOf(view, about).slice(0, 200),
    summary: body,
    annotations: annotationsOf(view),
  };
}

function stateOf(view: PipelineView): Check['state'] {
  const { stage, changesets } = view;
  switch (stage.at) {
    case 'waiting':
      return 'queued';
    case 'running':
      return runningState(view);
    case 'merging':
    case 'merged':
      return changesets.some((one) => wordOf(one) === 'failed' || wordOf(one) === 'rolled back')
        ? 'neutral'
        : 'success';
    case 'stuck':
      return 'failure';
    case 'cancelled':
      return 'cancelled';
  }
}

/** A needs-operator or an approval that all else waits for is shown as such; while something works, it is in progress. */
function runningState(view: PipelineView): Check['state'] {
  const open = view.changesets.filter((one) => one.status === undefined && one.phase.at !== 'ended');
  const working = open.some((one) => !['operator', 'approval', 'waiting'].includes(one.phase.at));
  if (working) return 'in_progress';
  if (open.some((one) => one.phase.at === 'operator')) return 'failure';
  return open.some((one) => one.phase.at === 'approval') ? 'action_required' : 'in_progress';
}

function titleOf(view: PipelineView, about: About): string {
  if (view.stage.at === 'merging' || view.stage.at === 'merged') return summary(view.changesets);
  return headline(view, about).replace(/^[^\p{L}\p{N}]+/u, '');
}

/** GitHub takes so many at a time. */
const ANNOTATIONS = 50;

function annotationsOf(view: PipelineView): Annotation[] {
  const all = view.changesets.flatMap((one): Annotation[] => {
    const { phase } = one;
    if (phase.at === 'operator') {
      const message = beginning(plain(`${one.name}: ${phase.reason}`), 2000);
      return [{ path: view.manifest, line: one.line, level: 'failure', message }];
    }
    if (phase.at !== 'ended' || (phase.outcome.kind !== 'failed' && phase.outcome.kind !== 'rolledBack')) return [];
    const message = beginning(plain(`${one.name}: ${outcomeSentence(phase.outcome)}`), 2000);
    return [{ path: view.manifest, line: one.line, level: 'warning', message }];
  });
  return all.slice(0, ANNOTATIONS);
}
