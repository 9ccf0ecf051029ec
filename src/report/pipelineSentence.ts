/** One sentence for what a pipeline is doing or waiting for. */
import { phaseSentence } from './phases.ts';
import type { PipelineStage, PipelineView } from './view.ts';
import { whyWaiting } from './whyWaiting.ts';

export function pipelineSentence(view: PipelineView): string {
  const { stage } = view;
  switch (stage.at) {
    case 'waiting':
      return 'Waits in the queue for its turn.';
    case 'running':
      return runningSentence(view);
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

const NAMED = 5;

function runningSentence(view: PipelineView): string {
  const all = view.changesets.filter(({ status }) => status === undefined);
  const ended = all.filter(({ phase }) => phase.at === 'ended').length;
  const active = all.filter(({ phase }) => phase.at !== 'ended' && phase.at !== 'waiting');
  const what = active.map(({ name, phase }) => `${name}: ${phaseSentence(phase)}`);
  return [`${ended} of ${all.length} changesets have ended.`, ...[...what, ...whyWaiting(view)].slice(0, NAMED)].join(
    ' ',
  );
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
