/** One sentence for what a pipeline is doing or waiting for. */
import type { Progress } from '../plan/progress.ts';
import { phaseSentence } from './phases.ts';
import type { PipelineStage } from './view.ts';

export function pipelineSentence(stage: PipelineStage, progress: Progress): string {
  switch (stage.at) {
    case 'waiting':
      return 'Waits in the queue for its turn.';
    case 'running':
      return runningSentence(progress);
    case 'merging':
      return 'All changesets are final: merges the pull request.';
    case 'merged':
      return 'All changesets are final, and the pull request is merged.';
    case 'stuck':
      return `All changesets are final, but the pull request cannot be merged: ${stage.why}`;
    case 'cancelled':
      return cancelledSentence(stage.why);
  }
}

function runningSentence(progress: Progress): string {
  const phases = Object.entries(progress);
  const ended = phases.filter(([, phase]) => phase.at === 'ended').length;
  const active = phases.filter(([, phase]) => phase.at !== 'ended' && phase.at !== 'waiting');
  const what = active.slice(0, 5).map(([name, phase]) => `${name}: ${phaseSentence(phase)}`);
  return [`${ended} of ${phases.length} begun changesets have ended.`, ...what].join(' ');
}

export function cancelledSentence(why: Extract<PipelineStage, { at: 'cancelled' }>['why']): string {
  switch (why) {
    case 'superseded':
      return 'A newer push to the pull request takes its place; what had begun to land was finished first.';
    case 'closed':
      return 'The pull request was closed; what had begun to land was finished first.';
    case 'draft':
      return 'The pull request became a draft, and drafts wait; mark it ready to go on.';
    case 'withdrawn':
      return 'It was withdrawn from the queue and left open; push to it to come back.';
    case 'ordinary':
      return 'The newest push changes no manifest any more, so there is nothing to run; push a manifest to come back.';
    case 'invalid':
      return 'The manifest of the newest push cannot be run; another comment names every error. Push a correction to come back.';
  }
}
