/** Check runs as GitHub shows them. */
import type { Hub } from '../hub.ts';
import type { Annotation, CheckRun, Pull, Repository } from '../types.ts';
import { repositoryApi, repositoryPage } from './repository.ts';
import { appView, nodeId } from './user.ts';

/** The open pull requests whose head a check speaks about. */
function pullsOf(hub: Hub, repository: Repository, sha: string) {
  const api = repositoryApi(hub, repository);
  const repo = { id: repository.id, url: api, name: repository.name };
  const view = (pull: Pull) => ({
    url: `${api}/pulls/${pull.number}`,
    id: pull.id,
    number: pull.number,
    head: { ref: pull.headRef, sha: pull.headSha, repo },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo },
  });
  return repository.pulls.filter((pull) => pull.state === 'open' && pull.headSha === sha).map(view);
}

export function checkRunView(hub: Hub, repository: Repository, run: CheckRun) {
  const url = `${repositoryApi(hub, repository)}/check-runs/${run.id}`;
  const page = `${repositoryPage(hub, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: page,
    details_url: run.detailsUrl ?? page,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    check_suite: { id: run.suiteId },
    app: appView(hub),
    pull_requests: pullsOf(hub, repository, run.headSha),
  };
}

/** As events carry it: with its whole suite. */
export function eventCheckRunView(hub: Hub, repository: Repository, run: CheckRun) {
  const pulls = pullsOf(hub, repository, run.headSha);
  return {
    ...checkRunView(hub, repository, run),
    check_suite: {
      id: run.suiteId,
      node_id: nodeId('CheckSuite', run.suiteId),
      head_branch: pulls[0]?.head.ref ?? null,
      head_sha: run.headSha,
      status: run.status,
      conclusion: run.conclusion === 'skipped' ? 'neutral' : run.conclusion,
      url: `${repositoryApi(hub, repository)}/check-suites/${run.suiteId}`,
      before: null,
      after: run.headSha,
      pull_requests: pulls,
      app: appView(hub),
      created_at: run.startedAt,
      updated_at: run.completedAt ?? run.startedAt,
    },
  };
}

export function annotationView(hub: Hub, repository: Repository, shown: { run: CheckRun; annotation: Annotation }) {
  const { run, annotation } = shown;
  return {
    path: annotation.path,
    blob_href: `${repositoryPage(hub, repository)}/blob/${run.headSha}/${annotation.path}`,
    start_line: annotation.start_line,
    end_line: annotation.end_line,
    start_column: annotation.start_column ?? null,
    end_column: annotation.end_column ?? null,
    annotation_level: annotation.annotation_level,
    title: annotation.title ?? null,
    message: annotation.message,
    raw_details: annotation.raw_details ?? null,
  };
}
