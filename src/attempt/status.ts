/** What the `status` query of a changeset answers. */
import { changesetLabel, type Outcome, type Tip } from '../changeset.ts';
import { sameHeads } from '../landing/state.ts';
import type { Phase } from '../plan/progress.ts';
import type { Grant } from '../queue/state.ts';
import type { Links } from '../report/links.ts';
import { type OperatorView, operatorView } from '../report/operator.ts';
import { phaseSentence } from '../report/phases.ts';
import { type Attempt, headsNow, holding, phaseNow, type Reaching } from './state.ts';

export interface ChangesetStatus {
  changeset: string;
  phase: Phase;
  sentence: string;
  round: number;
  heads: Tip[];
  approval?: { by: string; heads: Tip[] };
  /** An approval without commits counts from now on: the comment that asks for it is written. */
  approvalAsked: boolean;
  outcome?: Outcome;
  /** While an operator is asked for: what stands where, and what can be done about it. */
  operator?: OperatorView;
  refused: string[];
  /** What it asks of the queue or holds there: a queue that starts anew takes it over from here. */
  landing?: Reaching & { holds: Grant['state'] };
}

/** `links`: what commands need to find it. */
export function statusOfAttempt(attempt: Attempt, links: Links = {}): ChangesetStatus {
  const { landing, of, refused, shown, calls } = attempt;
  const phase = phaseNow(attempt);
  const heads = headsNow(attempt);
  const held = holding(attempt);
  return {
    changeset: changesetLabel(of.id),
    phase,
    sentence: phaseSentence(phase),
    round: landing.round,
    heads,
    ...(landing.approval && { approval: landing.approval }),
    approvalAsked: landing.at === 'approving' && shown !== undefined && sameHeads(shown, heads),
    ...(landing.at === 'ended' && { outcome: landing.outcome }),
    ...(landing.at === 'operator' && { operator: operatorView(of.id, landing, { call: calls, links }) }),
    refused,
    ...(held && { landing: held }),
  };
}
