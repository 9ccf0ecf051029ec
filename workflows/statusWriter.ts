/** Brings the statuses of a pipeline's changesets into its manifest. */
import { type Outcome, type Status, statusOf } from '../src/changeset.ts';
import { knownStatuses, statusNow } from '../src/pipeline/state.ts';
import { stop, takeOutcome, takeRefusedStatus, takeStatusCommit, takeTip } from '../src/pipeline/take.ts';
import type { Plan } from '../src/plan/plan.ts';
import { refusedForGood, reporting } from './ask.ts';
import type { PipelineInput } from './messages.ts';
import type { PipelineDesk } from './pipelineDesk.ts';

export type StatusWriter = ReturnType<typeof statusWriter>;

/** Writes statuses one after another, in the order in which the changesets ended, each on top of the one before. */
export function statusWriter(input: PipelineInput, desk: PipelineDesk, plan: Plan) {
  let last: Promise<void> = Promise.resolve();
  let pending = 0;
  const write = (name: string, status: Status) => {
    pending += 1;
    last = last.then(() => writeStatus(input, desk, { plan, name, status })).finally(() => (pending -= 1));
  };
  return {
    write,
    /** One that was looked at again may have come to what the manifest says of it already. */
    ended(name: string, outcome: Outcome): void {
      const before = statusNow(desk.state(), name);
      desk.take((now) => takeOutcome(now, { name, outcome, at: new Date().toISOString() }));
      const status = statusOf(outcome);
      if (status !== undefined && status !== before) write(name, status);
    },
    idle: () => last,
    pending: () => pending,
  };
}

async function writeStatus(
  { coordinator, pullRequest }: PipelineInput,
  desk: PipelineDesk,
  { plan, name, status }: { plan: Plan; name: string; status: Status },
): Promise<void> {
  const { writeStatus: activity } = reporting(`Write ${status} for ${name} into the manifest`);
  const written = await activity({
    id: { coordinator, pullRequest, name },
    manifest: plan.manifest,
    status,
    pinned: plan.head,
    tip: desk.state().picture.tip,
    ended: knownStatuses(desk.state()),
  }).catch(refusedForGood);
  switch (written.kind) {
    case 'written':
      return desk.take((now) => takeStatusCommit(now, written.tip));
    case 'moved':
      desk.take((now) => (written.written ? takeStatusCommit(now, written.head) : takeTip(now, written.head)));
      return desk.take((now) => stop(now, 'superseded'));
    case 'impossible':
    case 'refused':
      return desk.take((now) => takeRefusedStatus(now, written.why));
  }
}
