/** Changesets as a pipeline has them run: started as children that outlive it, followed to their ends, also by a later run. */
import { TypedSearchAttributes } from '@temporalio/common';
import { executeChild, ParentClosePolicy, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { LostRun } from '../activities/types.ts';
import { changesetWorkflowId, type Outcome } from '../src/changeset.ts';
import { askHowFar } from '../src/pipeline/take.ts';
import type { Plan, PlannedChangeset } from '../src/plan/plan.ts';
import { reading } from './ask.ts';
import { changeset as changesetWorkflow } from './changeset.ts';
import { readSkip } from './fromPeople.ts';
import type { ChangesetInput, PipelineInput } from './messages.ts';
import type { PipelineDesk } from './pipelineDesk.ts';
import { CHANGESET, PULL_REQUEST, REPOSITORY, STATUS } from './visibility.ts';

/** Runs of one changeset whose workflow is ended by hand before people are asked to look. */
const RUNS_ALLOWED = 3;

/** A pipeline that has changesets run. */
export interface Following {
  input: PipelineInput;
  desk: PipelineDesk;
  plan: Plan;
}

/**
 * Follows one changeset to its end. When its workflow is ended by hand it is run again, for only a new run can tell
 * whether something of it landed: it looks for that before anything else, and asks for an operator where it is half done.
 */
export async function follow(by: Following, next: PlannedChangeset, lost?: LostRun): Promise<Outcome> {
  const { input, desk } = by;
  let before = lost;
  for (let run = before === undefined ? 1 : 2; ; run += 1) {
    try {
      return await start(by, next, before);
    } catch (error) {
      desk.take((now) => askHowFar(now, next.name));
      const end = await awaitEnd(input, next);
      if (end.kind !== 'lost') return end;
      if (run >= RUNS_ALLOWED) return givenUp(changesetWorkflowId({ ...input, name: next.name }), error);
      before = end;
    }
  }
}

/** Follows one that runs again after its end, to look at what stands of it; `undefined` when that run was ended by hand. */
export async function followLook({ input }: Following, name: string): Promise<Outcome | undefined> {
  const end = await awaitEnd(input, { name });
  return end.kind === 'lost' ? undefined : end;
}

/** Follows one that an earlier run started, of this pipeline or of one before it. */
export async function adopt(by: Following, next: PlannedChangeset): Promise<Outcome> {
  const end = await awaitEnd(by.input, next);
  return end.kind === 'lost' ? follow(by, next, end) : end;
}

function awaitEnd({ coordinator, pullRequest }: PipelineInput, { name }: Pick<PlannedChangeset, 'name'>) {
  const { awaitChangeset } = reading(`Follow ${name}, which runs already or was ended by hand`);
  return awaitChangeset({ id: { coordinator, pullRequest, name } });
}

function givenUp(workflowId: string, error: unknown): Outcome {
  const sentence = `its workflow ${workflowId} was ended by hand or failed ${RUNS_ALLOWED} times (${String(error).slice(0, 300)}): see in Temporal what it had done, and in git whether something of it is on a main.`;
  return { kind: 'failed', reason: { kind: 'refused', sentences: [sentence] } };
}

/** Runs one changeset as a child that outlives this run. */
async function start({ input, desk, plan }: Following, next: PlannedChangeset, before?: LostRun): Promise<Outcome> {
  const { coordinator, pullRequest } = input;
  const id = { coordinator, pullRequest, name: next.name };
  const workflowId = changesetWorkflowId(id);
  const repositories = next.members.map((member) => member.repository);
  const { author, interference, timeoutMs, approvalTimeoutMs } = plan;
  const members = next.members.map((member) => `- ${member.repository} \`${member.branch}\``);
  return executeChild(changesetWorkflow, {
    workflowId,
    args: [
      {
        v: 1,
        id,
        changeset: next,
        manifestHead: desk.state().picture.tip,
        author,
        interference,
        timeoutMs,
        approvalTimeoutMs,
        ...(before && again(next, before)),
      },
    ],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: `${next.name} in ${repositories.length} ${repositories.length === 1 ? 'repository' : 'repositories'}`,
    staticDetails: [`Changeset **${next.name}** of ${linkTo(input)}:`, '', ...members].join('\n'),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: REPOSITORY, value: [coordinator, ...repositories] },
      { key: PULL_REQUEST, value: pullRequest },
      { key: CHANGESET, value: next.name },
      { key: STATUS, value: 'preparing' },
    ]),
  });
}

/** What the run before may have landed is looked for, and a skip that it was told is not forgotten with it. */
function again({ members }: PlannedChangeset, { skip }: LostRun): Pick<ChangesetInput, 'stray' | 'skip'> {
  const said = skip === undefined ? undefined : readSkip(skip);
  return { stray: { members, wanted: true }, ...(said && 'ok' in said && { skip: said.ok }) };
}

function linkTo({ coordinator, pullRequest, url }: PipelineInput): string {
  const name = `${coordinator}#${pullRequest}`;
  return url === undefined ? name : `[${name}](${url})`;
}
