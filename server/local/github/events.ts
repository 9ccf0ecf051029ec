/** Makes the App's webhook events. The App hears only about repositories it is installed on. */
import { changesBetween, readCommits } from './commits.ts';
import { isAncestor } from './git.ts';
import { gitDirectory, type Hub } from './hub.ts';
import type { MergeState } from './mergeable.ts';
import { sizeOf } from './pull-size.ts';
import type { RefChange } from './rules.ts';
import type { AppState, CheckRun, Comment, PermissionName, Pull, Repository } from './types.ts';
import { emailOf, ensureUser } from './users.ts';
import { eventCheckRunView } from './views/check.ts';
import { commentView, issueView } from './views/comment.ts';
import { pushedCommitView } from './views/commit.ts';
import { fullPullView } from './views/pull.ts';
import { eventRepositoryView, repositoryPage } from './views/repository.ts';
import { grantedTo, nodeId, organizationView, userView } from './views/user.ts';

const ZERO = '0'.repeat(40);
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

interface Occurrence {
  event: string;
  action: string | null;
  sender: string;
  payload: Record<string, unknown>;
}

function emit(hub: Hub, repository: Repository, occurrence: Occurrence): void {
  const { accounts, app } = hub.store.global;
  if (!repository.installed || !mayHear(app, occurrence.event)) return;
  const installationId = accounts.indexOf(repository.owner) + 1;
  hub.webhooks.emit({
    event: occurrence.event,
    action: occurrence.action,
    repository: { id: repository.id, fullName: repository.fullName },
    installationId,
    payload: {
      ...(occurrence.action === null ? {} : { action: occurrence.action }),
      ...occurrence.payload,
      repository: eventRepositoryView(hub, repository),
      organization: organizationView(hub, repository.owner),
      sender: userView(hub, occurrence.sender),
      installation: { id: installationId, node_id: nodeId('IntegrationInstallation', installationId) },
    },
  });
}

/** GitHub tells an App of what happens only where accounts have let it read what that is about. */
function mayHear(app: AppState, event: string): boolean {
  const { events, permissions } = grantedTo(app);
  const needs = NEEDS[event];
  return events.includes(event) && (needs === undefined || permissions[needs] !== undefined);
}

/** Also of a comment on a pull request (GitHub's documentation of the event `issue_comment`). */
const NEEDS: Record<string, PermissionName> = {
  check_run: 'checks',
  issue_comment: 'issues',
  pull_request: 'pull_requests',
  push: 'contents',
};

export type PullAction =
  | { action: 'opened' | 'closed' | 'reopened' | 'converted_to_draft' | 'ready_for_review' }
  | { action: 'synchronize'; before: string; after: string }
  | { action: 'edited'; changes: Record<string, unknown> };

/** Events never wait for the merge test, so they carry GitHub's "not known yet". */
const UNKNOWN: MergeState = { mergeable: null, state: 'unknown' };

export async function emitPull(
  hub: Hub,
  repository: Repository,
  about: { pull: Pull; sender: string } & { what: PullAction },
): Promise<void> {
  const { pull, sender, what } = about;
  const size = await sizeOf(gitDirectory(hub, repository), pull);
  const { action, ...details } = what;
  const view = fullPullView(hub, repository, { pull, size, merge: UNKNOWN, forEvent: true });
  const payload = { number: pull.number, pull_request: view, ...details };
  emit(hub, repository, { event: 'pull_request', action, sender, payload });
}

export function emitComment(
  hub: Hub,
  repository: Repository,
  about: { comment: Comment; sender: string; action: 'created' | 'edited' | 'deleted'; from?: string },
): void {
  const pull = repository.pulls.find((one) => one.number === about.comment.number);
  if (pull === undefined) throw new Error(`comment ${about.comment.id} belongs to no pull request`);
  const changes = about.from === undefined ? {} : { changes: { body: { from: about.from } } };
  const payload = {
    ...changes,
    issue: issueView(hub, repository, pull),
    comment: commentView(hub, repository, about.comment),
  };
  emit(hub, repository, { event: 'issue_comment', action: about.action, sender: about.sender, payload });
}

export function emitCheckRun(
  hub: Hub,
  repository: Repository,
  about: {
    run: CheckRun;
    sender: string;
    action: 'created' | 'completed' | 'rerequested' | 'requested_action';
    identifier?: string;
  },
): void {
  const requested = about.identifier === undefined ? {} : { requested_action: { identifier: about.identifier } };
  const payload = { check_run: eventCheckRunView(hub, repository, about.run), ...requested };
  emit(hub, repository, { event: 'check_run', action: about.action, sender: about.sender, payload });
}

/** GitHub lists the newest 20 commits of a push at most. */
const LISTED_COMMITS = 20;

export async function emitPush(
  hub: Hub,
  repository: Repository,
  about: { change: RefChange; sender: string },
): Promise<void> {
  const { change, sender } = about;
  const directory = gitDirectory(hub, repository);
  const forced = change.old !== null && change.new !== null && !(await isAncestor(directory, change.old, change.new));
  const range = change.new === null ? null : [change.new, `^${change.old ?? `refs/heads/${repository.defaultBranch}`}`];
  const isNewDefault = change.old === null && change.ref === `refs/heads/${repository.defaultBranch}`;
  const listed =
    change.new === null
      ? []
      : await readCommits(directory, [
          `--max-count=${LISTED_COMMITS}`,
          ...(isNewDefault ? [change.new] : (range ?? [])),
        ]);
  const pushed = await Promise.all(
    listed.reverse().map(async (commit) => {
      const files = await changesBetween(directory, commit.parents[0] ?? EMPTY_TREE, commit.sha);
      return pushedCommitView(hub, repository, { commit, files });
    }),
  );
  const tip = change.new === null ? null : (pushed.at(-1) ?? (await tipView(hub, repository, change.new)));
  const payload = {
    ref: change.ref,
    before: change.old ?? ZERO,
    after: change.new ?? ZERO,
    created: change.old === null,
    deleted: change.new === null,
    forced,
    base_ref: null,
    compare: `${repositoryPage(hub, repository)}/compare/${(change.old ?? ZERO).slice(0, 12)}...${(change.new ?? ZERO).slice(0, 12)}`,
    commits: pushed,
    head_commit: tip,
    pusher: { name: sender, email: emailOf(ensureUser(hub, sender)) },
  };
  emit(hub, repository, { event: 'push', action: null, sender, payload });
}

async function tipView(hub: Hub, repository: Repository, sha: string) {
  const directory = gitDirectory(hub, repository);
  const [commit] = await readCommits(directory, ['-1', sha]);
  if (commit === undefined) return null;
  const files = await changesBetween(directory, commit.parents[0] ?? EMPTY_TREE, sha);
  return pushedCommitView(hub, repository, { commit, files });
}

/** What a new webhook address hears first. */
export function emitPing(hub: Hub): void {
  const { app, webhook } = hub.store.global;
  if (webhook === null) return;
  const time = app.createdAt;
  hub.webhooks.emit({
    event: 'ping',
    action: null,
    repository: null,
    installationId: null,
    payload: {
      zen: 'Keep it logically awesome.',
      hook_id: 1,
      hook: {
        type: 'App',
        id: 1,
        name: 'web',
        active: true,
        app_id: app.id,
        events: app.events,
        config: { content_type: 'json', insecure_ssl: '0', secret: '********', url: webhook.url },
        updated_at: time,
        created_at: time,
        url: `${hub.apiUrl()}/app/hook/config`,
        ping_url: `${hub.apiUrl()}/app/hook/pings`,
        deliveries_url: `${hub.apiUrl()}/app/hook/deliveries`,
      },
    },
  });
}
