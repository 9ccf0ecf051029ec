/** Changesets as a pipeline has them run: started as children that outlive it, followed to their ends, also by a later run. */
import { TypedSearchAttributes } from '@temporalio/common';
import { executeChild, ParentClosePolicy, sleep, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { LostRun } from '../activities/types.ts';
import { changesetWorkflowId, type Outcome } from '../src/changeset.ts';
import { askHowFar, takeProgress } from '../src/pipeline/take.ts';
import type { Plan, PlannedChangeset } from '../src/plan/plan.ts';
import { clock } from '../src/report/phases.ts';
import { endedAgain } from '../src/report/trouble.ts';
import { reading } from './ask.ts';
import { changeset as changesetWorkflow } from './changeset.ts';
import { readSkip } from './fromPeople.ts';
import type { ChangesetInput, PipelineInput } from './messages.ts';
import type { PipelineDesk } from './pipelineDesk.ts';
import { CHANGESET, PULL_REQUEST, REPOSITORY, STATUS } from './visibility.ts';

/** Runs of one changeset, each ended by hand, before another only looks what stands and lands nothing by itself. */
const RUNS_WANTED = 3;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 3_600_000;

/** The run before, and whether the next may still land. */
type Before = LostRun & { wanted: boolean };

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
      return await start(by, next, before && { ...before, wanted: run <= RUNS_WANTED });
    } catch (error) {
      desk.take((now) => askHowFar(now, next.name));
      const end = await awaitEnd(input, next);
      if (end.kind !== 'lost') return end;
      before = end;
      if (run >= RUNS_WANTED) await waitForPeople(by, next, { runs: run, error });
    }
  }
}

/** Somebody ends it again and again, or it cannot even look: until a run has looked, nothing is said of what it came to. */
async function waitForPeople({ desk }: Following, { name }: PlannedChangeset, told: { runs: number; error: unknown }) {
  const { runs, error } = told;
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (runs - RUNS_WANTED), LONGEST_WAIT_MS);
  const again = clock(new Date(Date.now() + waitMs).toISOString());
  const reason = endedAgain({ runs, why: String(error).slice(0, 300), again });
  desk.take((now) => takeProgress(now, { name, phase: { at: 'operator', reason }, heads: [] }));
  await sleep(waitMs);
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

/** Runs one changeset as a child that outlives this run. */
async function start({ input, plan }: Following, next: PlannedChangeset, before?: Before): Promise<Outcome> {
  const { coordinator, pullRequest } = input;
  const id = { coordinator, pullRequest, name: next.name };
  const workflowId = changesetWorkflowId(id);
  const repositories = next.members.map((member) => member.repository);
  const { author, interference, timeoutMs, approvalTimeoutMs, limits } = plan;
  const members = next.members.map((member) => `- ${member.repository} \`${member.branch}\``);
  return executeChild(changesetWorkflow, {
    workflowId,
    args: [
      {
        v: 1,
        id,
        changeset: next,
        manifestHead: plan.head,
        author,
        interference,
        timeoutMs,
        approvalTimeoutMs,
        ...(limits && { limits }),
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
function again({ members }: PlannedChangeset, { skip, wanted }: Before): Pick<ChangesetInput, 'stray' | 'skip'> {
  const said = skip === undefined ? undefined : readSkip(skip);
  return { stray: { members, ...(wanted && { wanted }) }, ...(said && 'ok' in said && { skip: said.ok }) };
}

function linkTo({ coordinator, pullRequest, url }: PipelineInput): string {
  const name = `${coordinator}#${pullRequest}`;
  return url === undefined ? name : `[${name}](${url})`;
}
