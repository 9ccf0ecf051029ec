/**
 * Calls for an operator: each gets a comment of its own, for a mention in an edited one reaches nobody, and that comment is
 * kept true: what was chosen, by whom, and what came of it.
 */
import type { ChangesetId, Outcome } from '../src/changeset.ts';
import type { Finding } from '../src/landing/state.ts';
import type { ResolveAction } from '../src/landing/steps.ts';
import type { OperatorCall } from '../src/report/operator.ts';
import { notifying, reporting } from './ask.ts';

/** `attempt`: the run that asks. */
export function createOperatorCalls(id: ChangesetId, attempt: string) {
  let call: OperatorCall | undefined;

  async function write(next: OperatorCall, summary: string): Promise<void> {
    call = next;
    const { commentOperator } = reporting(summary);
    await survives(commentOperator({ id, attempt, call: next }));
  }

  /** Of the call that was answered last, if there is one. */
  async function came(result: Outcome | { kind: 'again' }): Promise<void> {
    if (call?.answer === undefined) return;
    const answer = { ...call.answer, result };
    await write({ ...call, answer }, `Tell what came of ${answer.action} for ${id.name}`);
  }

  return {
    async ask(trouble: { reason: string; findings: Finding[] }): Promise<void> {
      await came({ kind: 'again' });
      const { reason, findings } = trouble;
      await write({ number: (call?.number ?? 0) + 1, reason, findings }, `Ask for an operator for ${id.name}`);
      const { notify } = notifying('Tell the team');
      await survives(notify({ id, what: { kind: 'operator', reason, findings } }));
    },
    async answered(answer: { action: ResolveAction; by: string }): Promise<void> {
      if (call !== undefined) await write({ ...call, answer }, `Tell that ${answer.action} of ${id.name} is at work`);
    },
    ended: (outcome: Outcome): Promise<void> => came(outcome),
  };
}

/** Telling people must never keep a changeset from its end: what is refused for good is left to the worker's log. */
export async function survives(report: Promise<void>): Promise<void> {
  await report.catch(() => undefined);
}
