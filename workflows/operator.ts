/**
 * Calls for an operator: each gets a comment of its own, for a mention in an edited one reaches nobody, and that comment is
 * kept true: what was chosen, by whom, and what came of it. Nothing waits for its being written: an operator's answer counts
 * while GitHub's comments or Slack are away, too.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { ChangesetId, Outcome } from '../src/changeset.ts';
import type { ResolveAction } from '../src/landing/steps.ts';
import type { OperatorCall } from '../src/report/operator.ts';
import { notifying, reporting } from './ask.ts';
import { survives } from './report.ts';

/** `attempt`: the run that asks. */
export function createOperatorCalls(id: ChangesetId, attempt: string) {
  const calls: OperatorCall[] = [];
  /** Those whose last words are not written yet. */
  const unwritten = new Set<OperatorCall>();
  const telling = new CancellationScope();
  let written: Promise<void> = Promise.resolve();

  /** One comment after another: the last word on a call is the one that stays. */
  function write(call: OperatorCall, summary: string): void {
    const before = calls[call.number - 1];
    if (before !== undefined) unwritten.delete(before);
    calls[call.number - 1] = call;
    unwritten.add(call);
    const { commentOperator } = reporting(summary);
    written = written.then(() =>
      telling
        .run(() => commentOperator({ id, attempt, call }))
        .then(
          () => void unwritten.delete(call),
          () => undefined,
        ),
    );
  }

  /** Of the call that was answered last, if there is one. */
  function came(result: Outcome | { kind: 'again' }): void {
    const call = calls.at(-1);
    if (call?.answer === undefined) return;
    const answer = { ...call.answer, result };
    write({ ...call, answer }, `Tell what came of ${answer.action} for ${id.name}`);
  }

  return {
    ask({ number, reason, findings }: Omit<OperatorCall, 'answer'>): void {
      came({ kind: 'again' });
      write({ number, reason, findings }, `Ask for an operator for ${id.name}`);
      const { notify } = notifying('Tell the team');
      const what = { kind: 'operator', reason, findings, call: number } as const;
      void survives(telling.run(() => notify({ id, what })));
    },
    answered(answer: { action: ResolveAction; by: string }): void {
      const call = calls.at(-1);
      if (call !== undefined) write({ ...call, answer }, `Tell that ${answer.action} of ${id.name} is at work`);
    },
    /** Tells no more itself: gives the calls of which there is something to tell yet. */
    async handOver(outcome: Outcome): Promise<OperatorCall[]> {
      telling.cancel();
      came(outcome);
      await written;
      return [...unwritten];
    },
  };
}
