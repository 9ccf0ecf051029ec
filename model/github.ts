/** What GitHub answers and does, in a state of the world. */
import type { Commit } from '../src/changeset.ts';
import { stagingRef } from '../src/changeset.ts';
import type { Push, PushAnswer } from '../src/ports.ts';
import type { Name } from './activities.ts';
import type { Context } from './context.ts';
import type { Answer, Call } from './ports.ts';
import type { Draft } from './run.ts';
import { full } from './setting.ts';
import { type Moved, type Repository, replaced, type State } from './world.ts';

export const MAIN = 'refs/heads/main';

export function repositoryNumber({ setting }: Context, name: string): number {
  return setting.repositories.findIndex((one) => full(one) === name);
}

export function repositoryAt(state: Pick<State, 'repositories'>, r: number): Repository {
  const repository = state.repositories[r];
  if (repository === undefined) throw new Error(`expected a repository number ${r}`);
  return repository;
}

export function tipOf(context: Context, repository: Repository): Commit {
  return context.logs.at(repository.log).at(-1)?.to ?? '';
}

/** What is asked, as it is now. Pushes are not answered here, for they can go in many ways. */
export function answerOf(context: Context, state: State, call: Exclude<Call, { ask: 'push' }>): Answer {
  switch (call.ask) {
    case 'refs':
      return refsOf(context, state, call);
    case 'rules': {
      const { ruled, gone } = repositoryAt(state, repositoryNumber(context, call.repository));
      if (gone) return { unreadable: true };
      return { rules: ruled ? [`a rule of ${call.repository} asks for a review`] : [] };
    }
    case 'pullRequest': {
      const closed = state.pipelines.some((one) => one.pullRequest === call.number && one.closed);
      return { pullRequest: { state: closed ? 'closed' : 'open' } };
    }
    case 'wait':
      return { waited: true };
  }
}

function refsOf(context: Context, state: State, call: Extract<Call, { ask: 'refs' }>): Answer {
  const repository = repositoryAt(state, repositoryNumber(context, call.repository));
  if (repository.gone) return { unreadable: true };
  const refs: Record<string, Commit> = {};
  for (const [c, id] of context.ids.entries()) {
    const known = { [`refs/heads/${id.name}`]: repository.heads[c], [stagingRef(id)]: repository.staged[c] };
    for (const ref of call.refs) {
      const commit = known[ref];
      if (commit) refs[ref] = commit;
    }
  }
  // Who asks for staging refs alone does not look at main: what it is must not tell two such answers apart.
  return { refs: { defaultBranch: 'main', main: asksStaging(call) ? '' : tipOf(context, repository), refs } };
}

function asksStaging(call: Extract<Call, { ask: 'refs' }>): boolean {
  return call.refs.length > 0 && call.refs.every((ref) => ref.startsWith('refs/heads/lockstep/'));
}

/** What GitHub says to a push that reaches it now, and the effect that it has. */
export function arrive(context: Context, draft: Draft, c: number, push: Push): PushAnswer {
  const repository = repositoryAt(draft, repositoryNumber(context, push.repository));
  if (repository.gone) return { kind: 'refused', message: 'not found' };
  const isThere = push.ref === MAIN && tipOf(context, repository) === push.commit;
  if (push.ref === MAIN && repository.ruled && !isThere) {
    return { kind: 'refused', message: 'protected by a rule: a review is required' };
  }
  return takeEffect(context, draft, c, push);
}

/** Rules are looked at when a push reaches GitHub, its lease when the ref is moved: between them it can be under way. */
export function takeEffect(context: Context, draft: Draft, c: number, push: Push): PushAnswer {
  const r = repositoryNumber(context, push.repository);
  const repository = repositoryAt(draft, r);
  const now = push.ref === MAIN ? tipOf(context, repository) : (repository.staged[c] ?? null);
  if (now === push.commit) return { kind: 'pushed' };
  if (now !== push.expected && context.protocol.github.leases) return { kind: 'stale' };
  if (push.ref !== MAIN) {
    const staged = replaced(repository.staged, c, push.commit);
    draft.repositories = replaced(draft.repositories, r, { ...repository, staged });
    return { kind: 'pushed' };
  }
  if (push.commit !== null) moveMain(context, draft, r, { to: push.commit, by: 'lockstep' });
  draft.order = [...draft.order, `${c}@${r}`];
  return { kind: 'pushed' };
}

export function moveMain(context: Context, draft: Draft, r: number, moved: Moved): void {
  const repository = repositoryAt(draft, r);
  const log = context.logs.id([...context.logs.at(repository.log), moved]);
  draft.repositories = replaced(draft.repositories, r, { ...repository, log });
}

/**
 * Whether it makes no difference to anybody that what is asked could be answered later: no answer but the present one is
 * possible any more. A setting may say so of whole activities, which is a coarser look at the world.
 */
export function isFixed(context: Context, state: State, about: { c: number; name: Name; call: Call }): boolean {
  const { budget, pushes } = state;
  const { c, name, call } = about;
  if (call.ask === 'push') return context.setting.atOnce.includes(name) && call.push.ref !== MAIN;
  if (call.ask === 'wait') return pushes.every((push) => push.changeset !== c);
  if (context.setting.atOnce.includes(name)) return true;
  switch (call.ask) {
    case 'pullRequest':
      return budget.command === 0 || !context.setting.commands.includes('close');
    case 'rules':
      return budget.rule === 0 && budget.gone === 0;
    case 'refs':
      return (
        (asksStaging(call) && budget.gone === 0) ||
        isFixedRepository(context, state, c, repositoryNumber(context, call.repository))
      );
  }
}

function isFixedRepository(context: Context, state: State, c: number, r: number): boolean {
  const { budget, pushes } = state;
  const isMember = (one: number) => repositoryAt(state, r).heads[one] != null;
  // What only the tests see besides is not compared again: when it is read makes no difference.
  if (!isMember(c) && context.setting.interference === 'repositories') return true;
  if (budget.foreign > 0 || budget.revert > 0 || budget.head > 0 || budget.gone > 0) return false;
  if (pushes.some((push) => push.repository === r)) return false;
  return state.runs.every(({ doing }, d) => d === c || !isMember(d) || doing.is === 'ended');
}
