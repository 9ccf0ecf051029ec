/** Brings what `src/report` wrote to the pull request. */
import { type ChangesetId, type Commit, changesetLabel, type Outcome, toLand } from '../../src/changeset.ts';
import type { Problem } from '../../src/manifest/problem.ts';
import { checkOf } from '../../src/report/check.ts';
import {
  failureComment,
  failureMarker,
  INVALID_MARKER,
  invalidComment,
  landedComment,
  landedMarker,
  type News,
  notification,
} from '../../src/report/comments.ts';
import type { Links } from '../../src/report/links.ts';
import { type OperatorCall, operatorComment, operatorMarker } from '../../src/report/operator.ts';
import { headOf, isOpen, replacedCheck, withHead } from '../../src/report/replacedHead.ts';
import { type About, STICKY_MARKER, stickyComment } from '../../src/report/sticky.ts';
import { superseded } from '../../src/report/supersede.ts';
import type { PipelineView } from '../../src/report/view.ts';
import type { ControlDeps } from '../deps.ts';
import { tryConfigurationAt } from '../manifest/configuration.ts';

/** The sticky comment and the check run, from one view. */
export async function publish(deps: ControlDeps, view: PipelineView): Promise<{ at: string } | undefined> {
  const about = await aboutNow(deps, view);
  await completeEarlier(deps, view);
  // The head is remembered before its check is made, so that no check is made that nothing remembers.
  const body = withHead(stickyComment(view, about), view.head);
  const at = await deps.forge.publishComment(view.pullRequest, { marker: STICKY_MARKER, body });
  await deps.forge.publishCheck(checkOf(view, about));
  return { at };
}

/** Every way out of a head completes its check: also that another head takes its place. */
async function completeEarlier(deps: ControlDeps, now: { pullRequest: number; head: Commit }): Promise<void> {
  const comments = await deps.forge.ownComments(now.pullRequest);
  const earlier = comments.map(headOf).find((head) => head !== undefined);
  if (earlier === undefined || earlier === now.head) return;
  const check = await deps.forge.readCheck(earlier);
  if (check !== undefined && isOpen(check)) await deps.forge.publishCheck(replacedCheck(earlier, now.head));
}

async function aboutNow(deps: ControlDeps, view: PipelineView): Promise<About> {
  // A guess must not keep what is known from being written.
  const [picture, samples] = await Promise.all([
    deps.workflows.queuePicture(),
    deps.workflows.testDurations().catch(() => []),
  ]);
  const entry = picture.entries.find((one) => one.pullRequest === view.pullRequest);
  const waiting = picture.entries.filter((one) => one.position !== undefined).length;
  return {
    links: linksOf(deps),
    now: new Date(deps.now()).toISOString(),
    samples,
    queue: {
      waiting,
      ...(entry?.position !== undefined && { position: entry.position }),
      ...(picture.slot !== undefined && { holder: picture.slot }),
      ...(picture.paused && { paused: picture.paused }),
    },
  };
}

function linksOf(deps: ControlDeps): Links {
  const { publicUrl, temporalUi, namespace } = deps.settings;
  return {
    ...(publicUrl !== undefined && { publicUrl }),
    ...(temporalUi && { temporalUi }),
    ...(namespace !== undefined && { namespace }),
  };
}

export async function publishInvalid(
  deps: ControlDeps,
  about: { pullRequest: number; head: Commit; problems: Problem[] },
): Promise<void> {
  const { pullRequest, head, problems } = about;
  const body = invalidComment(problems, head);
  await completeEarlier(deps, about);
  await deps.forge.publishComment(pullRequest, { marker: INVALID_MARKER, body });
  await deps.forge.publishCheck({
    head,
    state: 'failure',
    title: `The manifest cannot be run: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`,
    summary: body.split('\n').slice(1).join('\n'),
    annotations: problems.slice(0, 50).map(({ path, line, where, message }) => ({
      path,
      line,
      level: 'failure',
      message: where === '' ? message : `${where}: ${message}`,
    })),
  });
}

export async function commentFailure(
  deps: ControlDeps,
  request: { id: ChangesetId; outcome: Outcome; attempt: string },
): Promise<void> {
  const { id, outcome, attempt } = request;
  if (outcome.kind !== 'failed' && outcome.kind !== 'rolledBack') {
    throw new Error(`${changesetLabel(id)}: expected a failure to comment on, found '${outcome.kind}'`);
  }
  const mention = await mentionOf(deps);
  const body = failureComment({
    id,
    outcome,
    attempt,
    links: linksOf(deps),
    ...(mention !== undefined && { mention }),
  });
  await deps.forge.publishComment(id.pullRequest, { marker: failureMarker(id.name, attempt), body });
}

/** On each landed branch's own pull request, where it has one: landed with what, as which commit (UX, Habits). */
export async function tellMembers(deps: ControlDeps, request: { id: ChangesetId; outcome: Outcome }): Promise<void> {
  const { id, outcome } = request;
  if (outcome.kind !== 'landed' || outcome.nothingToLand) return;
  const url = `${deps.settings.serverUrl}/${id.coordinator}/pull/${id.pullRequest}`;
  for (const member of toLand({ members: outcome.members })) {
    const { repository, branch, head } = member;
    const body = landedComment({ id, member, members: outcome.members, url });
    await deps.forge.commentOnBranch({ repository, branch, head, marker: landedMarker(id), body });
  }
}

export async function commentOperator(
  deps: ControlDeps,
  request: { id: ChangesetId; call: OperatorCall; attempt: string },
): Promise<void> {
  const { id, call, attempt } = request;
  const mention = await mentionOf(deps);
  const body = operatorComment({ ...request, links: linksOf(deps), ...(mention !== undefined && { mention }) });
  await deps.forge.publishComment(id.pullRequest, { marker: operatorMarker(id.name, attempt, call.number), body });
}

/** An attempt that came to its end takes the place of the failures before it (UX: superseded comments are collapsed). */
export async function foldEarlier(
  deps: ControlDeps,
  request: { id: ChangesetId; outcome: Outcome; attempt: string },
): Promise<void> {
  const { id, outcome, attempt } = request;
  if (outcome.kind === 'stopped') return;
  const by = { name: id.name, attempt, outcome, now: new Date(deps.now()).toISOString() };
  for (const comment of await deps.forge.ownComments(id.pullRequest)) {
    const folded = superseded(comment, by);
    if (folded !== undefined) await deps.forge.amendComment(id.pullRequest, folded);
  }
}

async function mentionOf(deps: ControlDeps): Promise<string | undefined> {
  return (await configuration(deps))?.notify.mention;
}

export async function notify(deps: ControlDeps, request: { id: ChangesetId; what: News }): Promise<void> {
  if (deps.notifier === undefined || !(await configuration(deps))?.notify.slack) return;
  const pullRequest = await deps.forge.readPullRequest(request.id.pullRequest);
  await deps.notifier.notify({
    text: notification(request.id, request.what, { url: pullRequest?.url ?? '', links: linksOf(deps) }),
  });
}

/** Whom to tell is read anew; a `lockstep.yaml` that was broken meanwhile must not keep anything from its end. */
async function configuration(deps: ControlDeps) {
  const { main } = await deps.git.readRefs(deps.coordinator, [], deps.live());
  await deps.git.fetch(deps.coordinator, [main], deps.live());
  const read = await tryConfigurationAt(deps, main);
  return 'configuration' in read ? read.configuration : undefined;
}
