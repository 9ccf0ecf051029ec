/** The check run `lockstep` of a head: updated while it lasts; a completed one that must go on is followed by a new one. */
import { CHECK } from '../../src/app.ts';
import type { Annotation, Check } from '../../src/ports.ts';
import type { Client } from './client.ts';
import { type Place, type Session, unlessMissing } from './session.ts';

const PER_REQUEST = 50;

type Run = Awaited<ReturnType<Client['rest']['checks']['get']>>['data'];

export async function publishCheck(session: Session, check: Check): Promise<void> {
  const { id } = await session.app();
  await session.in(session.options.coordinator, { checks: 'write' }, async (client, at) => {
    const latest = await latestRun(client, at, { head: check.head, app: id });
    const goesOn = latest?.status === 'completed' && progressOf(check).status !== 'completed';
    const run = goesOn ? undefined : latest;
    const annotations = run
      ? await notThereYet(client, at, { run, annotations: check.annotations })
      : check.annotations;
    if (run && annotations.length === 0 && says(run, check)) return;
    const [first = [], ...more] = chunks(annotations);
    const body = bodyOf(check, first);
    const made = run
      ? await client.rest.checks.update({ ...at, check_run_id: run.id, ...body })
      : await client.rest.checks.create({ ...at, name: CHECK, head_sha: check.head, ...body });
    for (const part of more) {
      await client.rest.checks.update({ ...at, check_run_id: made.data.id, output: bodyOf(check, part).output });
    }
  });
}

export async function readCheck(session: Session, head: string): Promise<Check['state'] | undefined> {
  const { id } = await session.app();
  return session.in(session.options.coordinator, { checks: 'read' }, async (client, at) => {
    const run = await latestRun(client, at, { head, app: id });
    return run && stateOf(run);
  });
}

async function latestRun(client: Client, at: Place, of: { head: string; app: number }): Promise<Run | undefined> {
  const asked = { ...at, ref: of.head, check_name: CHECK, filter: 'all', per_page: 100 } as const;
  const runs = (await unlessMissing(client.paginate(client.rest.checks.listForRef, asked))) ?? [];
  return runs.filter((run) => run.app?.id === of.app).sort((one, other) => other.id - one.id)[0];
}

/** GitHub itself completes a run, too: as `stale` when it lasted for two weeks. */
function stateOf({ status, conclusion }: Run): Check['state'] {
  if (status !== 'completed') return status === 'queued' ? 'queued' : 'in_progress';
  switch (conclusion) {
    case 'action_required':
    case 'success':
    case 'neutral':
    case 'failure':
      return conclusion;
    default:
      return 'cancelled';
  }
}

function progressOf({ state }: Check) {
  switch (state) {
    case 'queued':
    case 'in_progress':
      return { status: state } as const;
    case 'action_required':
    case 'success':
    case 'neutral':
    case 'failure':
    case 'cancelled':
      return { status: 'completed', conclusion: state } as const;
  }
}

function says(run: Run, check: Check): boolean {
  const { status, conclusion } = { conclusion: null, ...progressOf(check) };
  return (
    run.status === status &&
    run.conclusion === conclusion &&
    run.output.title === check.title &&
    run.output.summary === check.summary &&
    (check.detailsUrl === undefined || run.details_url === check.detailsUrl)
  );
}

function bodyOf(check: Check, annotations: Annotation[]) {
  return {
    ...progressOf(check),
    ...(check.detailsUrl === undefined ? {} : { details_url: check.detailsUrl }),
    output: {
      title: check.title,
      summary: check.summary,
      annotations: annotations.map(({ path, line, level, message }) => ({
        path,
        start_line: line,
        end_line: line,
        annotation_level: level,
        message,
      })),
    },
  };
}

/** GitHub adds annotations to those that a run has, and removes none. */
async function notThereYet(
  client: Client,
  at: Place,
  of: { run: Run; annotations: Annotation[] },
): Promise<Annotation[]> {
  if (of.annotations.length === 0 || of.run.output.annotations_count === 0) return of.annotations;
  const asked = { ...at, check_run_id: of.run.id, per_page: 100 };
  const there = await client.paginate(client.rest.checks.listAnnotations, asked);
  const known = new Set(there.map((one) => `${one.path}:${one.start_line}:${one.message}`));
  return of.annotations.filter(({ path, line, message }) => !known.has(`${path}:${line}:${message}`));
}

function chunks(annotations: Annotation[]): Annotation[][] {
  const count = Math.ceil(annotations.length / PER_REQUEST);
  return Array.from({ length: count }, (_, index) => annotations.slice(index * PER_REQUEST, (index + 1) * PER_REQUEST));
}
