/** What may go wrong outside of Lockstep, and what a late push does. */
import type { Commit } from '../src/changeset.ts';
import { readTrailers } from '../src/landing/trailers.ts';
import type { Offer } from './activityMoves.ts';
import type { Context } from './context.ts';
import { MAIN, moveMain, repositoryAt, takeEffect, tipOf } from './github.ts';
import { readTree } from './objects.ts';
import type { Draft } from './run.ts';
import { type ForeignPush, full, OTHERWISE } from './setting.ts';
import { type Repository, replaced, type State } from './world.ts';

export function offerWorld(context: Context, state: State, offer: Offer): void {
  offerArrivals(context, state, offer);
  for (const r of context.setting.repositories.keys()) {
    offerPushes(context, state, r, offer);
    offerReverts(context, state, r, offer);
    const repository = repositoryAt(state, r);
    const name = nameOf(context, r);
    const set = (change: Partial<Repository>) => (draft: Draft) => {
      draft.repositories = replaced(draft.repositories, r, { ...repositoryAt(draft, r), ...change });
    };
    if (!repository.ruled) offer('fault', () => `a rule appears on main of ${name}`, set({ ruled: true }), ['rule']);
    if (!repository.gone) offer('fault', () => `${name} is not there for us any more`, set({ gone: true }), ['gone']);
  }
}

function nameOf({ setting }: Context, r: number): string {
  return full(setting.repositories[r] ?? '');
}

/** A push that its sender heard no end of arrives after all. */
function offerArrivals(context: Context, state: State, offer: Offer): void {
  for (const [i, push] of state.pushes.entries()) {
    const repository = nameOf(context, push.repository);
    const what = `the late push of ${context.ids[push.changeset]?.name} to main of ${repository}`;
    let said = '';
    offer(
      'system',
      () => `${what} arrives: ${said}`,
      (draft) => {
        draft.pushes = draft.pushes.filter((_, other) => other !== i);
        const { commit, expected } = push;
        said = takeEffect(context, draft, push.changeset, { repository, ref: MAIN, commit, expected }).kind;
      },
    );
  }
}

function offerPushes(context: Context, state: State, r: number, offer: Offer): void {
  if (state.budget.foreign === 0) return;
  const tip = tipOf(context, repositoryAt(state, r));
  for (const push of context.setting.pushes) {
    const to = pushedTo(context, tip, push);
    if (to === undefined) continue;
    const how = { onTop: 'pushes', clash: 'pushes a change of the same lines', back: 'forces an older commit' }[push];
    const say = () => `somebody ${how} (${to.slice(0, 7)}) to main of ${nameOf(context, r)}`;
    offer('fault', say, (draft) => moveMain(context, draft, r, { to, by: 'somebody' }), ['foreign']);
  }
}

function pushedTo(context: Context, tip: Commit, push: ForeignPush): Commit | undefined {
  const { objects, ids } = context;
  const { tree, parents } = objects.get(tip);
  switch (push) {
    case 'onTop':
      return objects.add({ parents: [tip], tree: { ...tree, somebody: 'was here' }, message: "Somebody's change\n" });
    case 'clash': {
      const changed = Object.fromEntries(ids.map(({ name }) => [name, OTHERWISE]));
      return objects.add({ parents: [tip], tree: { ...tree, ...changed }, message: "Somebody's own way\n" });
    }
    case 'back':
      return parents[0];
  }
}

/** `git revert` says what it reverts; whoever takes the lines out by hand says nothing. */
function offerReverts(context: Context, state: State, r: number, offer: Offer): void {
  if (state.budget.revert === 0) return;
  const { objects } = context;
  const tip = tipOf(context, repositoryAt(state, r));
  const history = objects.firstParents(tip, undefined, 100);
  for (const [c, label] of context.labels.entries()) {
    if (objects.get(tip).tree[context.ids[c]?.name ?? ''] === undefined) continue;
    const landed = history.find(({ message }) => {
      const trailers = readTrailers(message);
      return trailers.changeset === label && trailers.reverts === undefined;
    });
    const [before] = landed?.parents ?? [];
    if (landed === undefined || before === undefined) continue;
    // The inverse: from what it made to what was before it.
    const reverse = objects.add({ parents: [landed.commit], tree: objects.get(before).tree, message: '' });
    const merged = objects.merge(tip, reverse, landed.commit);
    if (merged.kind === 'conflict') continue;
    for (const aloud of [true, false]) {
      const message = aloud ? `Revert it\n\nThis reverts commit ${landed.commit}.\n` : 'Clean up\n';
      const to = objects.add({ parents: [tip], tree: readTree(merged.tree), message });
      const say = () =>
        `a person takes ${context.ids[c]?.name} out of main of ${nameOf(context, r)} (${to.slice(0, 7)}, ${aloud ? 'git revert' : 'by hand'})`;
      offer('fault', say, (draft) => moveMain(context, draft, r, { to, by: 'somebody' }), ['revert']);
    }
  }
}
