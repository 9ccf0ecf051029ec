/** One sentence for what the queue is doing. */
import { holdsFences, type QueueState, slotOrder } from '../queue/state.ts';

export function queueSentence(state: QueueState): string {
  const waiting = slotOrder(state).length;
  const holder = state.slot === undefined ? 'Nobody holds the slot' : `Pull request #${state.slot} holds the slot`;
  const fenced = state.grants.filter(holdsFences).flatMap((grant) => grant.repositories);
  const fences = fenced.length === 0 ? '' : ` Landing now in ${[...new Set(fenced)].join(', ')}.`;
  const paused = state.paused ? `Paused by ${state.paused.by}: ${state.paused.reason}. ` : '';
  return `${paused}${holder}, ${waiting} ${waiting === 1 ? 'waits' : 'wait'}.${fences}`;
}
