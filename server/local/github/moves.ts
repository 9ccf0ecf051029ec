/**
 * Ref updates under way. Git moves a ref first and everything else follows, so an intent is written down before: if the
 * server dies in between, the next start finds it and does what has not followed. It also keeps the record in order.
 */
import { setTimeout } from 'node:timers/promises';
import { listRefs } from './git.ts';
import { gitDirectory, type Hub } from './hub.ts';
import { afterRefUpdate } from './refs.ts';
import type { RefChange } from './rules.ts';
import type { Intent, Mover, Repository } from './types.ts';

/** Runs a move of refs, from before git is asked until everything has followed. */
export async function moving<T>(
  hub: Hub,
  repository: Repository,
  intent: { changes: RefChange[]; mover: Mover },
  work: (doneBy: (pid: number) => void) => Promise<T>,
): Promise<T> {
  if (intent.changes.length === 0) return work(() => undefined);
  const noted: Intent = { ...intent, id: hub.store.takeId() };
  repository.intents.push(noted);
  hub.store.save(repository);
  const over = hub.outstanding.begin(repository, intent.changes);
  try {
    return await work((pid) => {
      noted.pid = pid;
      hub.store.save(repository);
    });
  } finally {
    over();
    repository.intents = repository.intents.filter((one) => one.id !== noted.id);
    hub.store.save(repository);
  }
}

/** Does what has not followed from moves that git had made when an earlier run was killed. */
export async function catchUp(hub: Hub): Promise<void> {
  for (const repository of hub.store.all()) {
    const directory = gitDirectory(hub, repository);
    const intents = repository.intents;
    await Promise.all(intents.map(({ pid }) => (pid === undefined ? undefined : ended(pid))));
    const present = new Map([
      ...(await listRefs(directory, 'refs/heads')),
      ...(await listRefs(directory, 'refs/tags')),
    ]);
    repository.intents = [];
    for (const ref of new Set([...present.keys(), ...Object.keys(repository.refs)])) {
      const old = repository.refs[ref] ?? null;
      const now = present.get(ref) ?? null;
      if (old === now) continue;
      const owner = intents.find(({ changes }) => changes.some((one) => one.ref === ref && one.new === now));
      const mover = owner?.mover ?? { login: 'admin', via: 'admin' as const };
      await afterRefUpdate(hub, repository, { ref, old, new: now }, mover);
    }
    hub.store.save(repository);
  }
}

/** How long a git process of a killed server is waited for; its number may by now belong to somebody else. */
const LONGEST_LEFTOVER_MS = 10_000;

async function ended(pid: number): Promise<void> {
  for (let waited = 0; waited < LONGEST_LEFTOVER_MS && isRunning(pid); waited += 20) await setTimeout(20);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // There is no such process, or it is not ours: nothing to wait for either way.
  }
}
