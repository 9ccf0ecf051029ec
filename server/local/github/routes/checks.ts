/** Check runs. Only the App writes them. */
import { z } from 'zod';
import { createCheckRun, latestRuns, updateCheckRun } from '../checks.ts';
import { ApiError, notFound } from '../errors.ts';
import { type Answer, bodyAs, page, type RepositoryCall, type Route, repositoryRoute } from '../rest.ts';
import { commitSeen } from '../seen.ts';
import type { CheckRun } from '../types.ts';
import { annotationView, checkRunView } from '../views/check.ts';

const ANNOTATION = z.object({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  start_column: z.number().int().optional(),
  end_column: z.number().int().optional(),
  annotation_level: z.enum(['notice', 'warning', 'failure']),
  message: z.string(),
  title: z.string().max(255).optional(),
  raw_details: z.string().optional(),
});
const TEXT = z.string().max(65_535);
const EDIT = z.object({
  name: z.string().min(1).optional(),
  status: z.enum(['queued', 'in_progress', 'completed']).optional(),
  conclusion: z
    .enum(['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out', 'action_required'])
    .optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  output: z
    .object({
      title: z.string().optional(),
      summary: TEXT,
      text: TEXT.optional(),
      annotations: z.array(ANNOTATION).max(50).optional(),
    })
    .optional(),
  actions: z
    .array(z.object({ label: z.string().max(20), description: z.string().max(40), identifier: z.string().max(20) }))
    .max(3)
    .optional(),
});
const NEW = EDIT.extend({ name: z.string().min(1), head_sha: z.string() });

function refusePeople({ actor }: RepositoryCall): void {
  if (actor.kind !== 'installation') throw new ApiError(403, 'You must authenticate via a GitHub App.');
}

function found({ repository, params }: RepositoryCall): CheckRun {
  const run = repository.checkRuns.find((one) => one.id === Number(params.check_run_id));
  if (run === undefined) throw notFound();
  return run;
}

async function create(call: RepositoryCall): Promise<Answer> {
  refusePeople(call);
  const run = await createCheckRun(call.hub, call.repository, bodyAs(NEW, call.body));
  return { status: 201, body: checkRunView(call.hub, call.repository, run) };
}

async function update(call: RepositoryCall): Promise<Answer> {
  refusePeople(call);
  const run = found(call);
  await updateCheckRun(call.hub, call.repository, { ...bodyAs(EDIT, call.body), run });
  return { status: 200, body: checkRunView(call.hub, call.repository, run) };
}

async function listForRef(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, params, query } = call;
  const sha = await commitSeen(hub, repository, params.ref ?? '');
  if (sha === null) throw new ApiError(422, `No commit found for SHA: ${params.ref}`);
  const runs =
    query.get('filter') === 'all'
      ? repository.checkRuns.filter((run) => run.headSha === sha)
      : latestRuns(repository, sha);
  const all = runs
    .filter((run) => run.name === (query.get('check_name') ?? run.name))
    .filter((run) => run.status === (query.get('status') ?? run.status))
    .reverse();
  const view = (run: CheckRun) => checkRunView(hub, repository, run);
  return page(call, all, view, (shown) => ({ total_count: all.length, check_runs: shown }));
}

const RUN = '/check-runs/{check_run_id}';

export const checkRoutes: Route[] = [
  repositoryRoute({ method: 'POST', path: '/check-runs', needs: ['checks', 'write'] }, create),
  repositoryRoute({ method: 'PATCH', path: RUN, needs: ['checks', 'write'] }, update),
  repositoryRoute({ method: 'GET', path: RUN, needs: ['checks', 'read'] }, (call) => ({
    status: 200,
    body: checkRunView(call.hub, call.repository, found(call)),
  })),
  repositoryRoute({ method: 'GET', path: `${RUN}/annotations`, needs: ['checks', 'read'] }, (call) => {
    const run = found(call);
    return page(call, run.annotations, (annotation) => annotationView(call.hub, call.repository, { run, annotation }));
  }),
  repositoryRoute({ method: 'GET', path: '/commits/{ref}/check-runs', needs: ['checks', 'read'] }, listForRef),
];
