/** Check runs: made and changed by the App alone, as on GitHub. */
import { ApiError } from './errors.ts';
import { emitCheckRun } from './events.ts';
import { resolveCommit } from './git.ts';
import { gitDirectory, type Hub, timestamp } from './hub.ts';
import type { CommitFacts } from './rules.ts';
import type { Annotation, CheckAction, CheckConclusion, CheckRun, CheckStatus, Repository } from './types.ts';
import { botLogin } from './users.ts';

/** What a request may say about a check run; what it leaves out stays. */
export interface CheckRunEdit {
  name?: string | undefined;
  status?: CheckStatus | undefined;
  conclusion?: CheckConclusion | undefined;
  started_at?: string | undefined;
  completed_at?: string | undefined;
  details_url?: string | undefined;
  external_id?: string | undefined;
  output?:
    | { title?: string | undefined; summary: string; text?: string | undefined; annotations?: Annotation[] | undefined }
    | undefined;
  actions?: CheckAction[] | undefined;
}

export async function createCheckRun(
  hub: Hub,
  repository: Repository,
  wanted: CheckRunEdit & { name: string; head_sha: string },
): Promise<CheckRun> {
  if ((await resolveCommit(gitDirectory(hub, repository), wanted.head_sha)) === null) {
    throw new ApiError(422, `No commit found for SHA: ${wanted.head_sha}`);
  }
  return hub.inOrder(repository, async () => {
    const suiteId = repository.suites[wanted.head_sha] ?? hub.store.takeId();
    repository.suites[wanted.head_sha] = suiteId;
    const run: CheckRun = {
      id: hub.store.takeId(),
      suiteId,
      name: wanted.name,
      headSha: wanted.head_sha,
      status: 'queued',
      conclusion: null,
      startedAt: timestamp(hub),
      completedAt: null,
      detailsUrl: null,
      externalId: '',
      output: { title: null, summary: null, text: null },
      annotations: [],
      actions: [],
    };
    apply(hub, run, wanted);
    repository.checkRuns.push(run);
    hub.store.save(repository);
    emitCheckRun(hub, repository, { run, sender: botLogin(hub), action: 'created' });
    if (run.status === 'completed') emitCheckRun(hub, repository, { run, sender: botLogin(hub), action: 'completed' });
    return run;
  });
}

export async function updateCheckRun(
  hub: Hub,
  repository: Repository,
  edit: CheckRunEdit & { run: CheckRun },
): Promise<void> {
  const { run } = edit;
  await hub.inOrder(repository, async () => {
    const before = run.status;
    apply(hub, run, edit);
    hub.store.save(repository);
    if (run.status === 'completed' && before !== 'completed') {
      emitCheckRun(hub, repository, { run, sender: botLogin(hub), action: 'completed' });
    }
  });
}

function apply(hub: Hub, run: CheckRun, edit: CheckRunEdit): void {
  if (edit.status === 'completed' && edit.conclusion === undefined && run.conclusion === null) {
    throw new ApiError(422, 'Invalid request.\n\nconclusion is required when status is completed.');
  }
  run.name = edit.name ?? run.name;
  run.status = edit.conclusion === undefined ? (edit.status ?? run.status) : 'completed';
  run.conclusion = run.status === 'completed' ? (edit.conclusion ?? run.conclusion) : null;
  run.startedAt = edit.started_at ?? run.startedAt;
  run.completedAt = run.status === 'completed' ? (edit.completed_at ?? run.completedAt ?? timestamp(hub)) : null;
  run.detailsUrl = edit.details_url ?? run.detailsUrl;
  run.externalId = edit.external_id ?? run.externalId;
  run.actions = edit.actions ?? run.actions;
  if (edit.output === undefined) return;
  run.output = {
    title: edit.output.title ?? run.output.title,
    summary: edit.output.summary,
    text: edit.output.text ?? run.output.text,
  };
  run.annotations.push(...(edit.output.annotations ?? []));
}

/** The newest run of each name on a commit. */
export function latestRuns(repository: Repository, sha: string): CheckRun[] {
  const newest = new Map<string, CheckRun>();
  for (const run of repository.checkRuns) if (run.headSha === sha) newest.set(run.name, run);
  return [...newest.values()];
}

/** What required checks are judged by: `neutral` and `skipped` satisfy them too. */
export function passedAndFailed(repository: Repository, sha: string | null): CommitFacts {
  const runs = sha === null ? [] : latestRuns(repository, sha);
  const passes = (run: CheckRun) => ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '');
  return {
    passedChecks: new Set(runs.filter(passes).map((run) => run.name)),
    failedChecks: new Set(runs.filter((run) => run.status === 'completed' && !passes(run)).map((run) => run.name)),
  };
}
