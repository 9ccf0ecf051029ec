/**
 * Status commits of the bot, recognised by being made again: the same parent, status and text give the same commit, so
 * that no other content can pass for one. It proves what was written, not who wrote it: so it counts only for statuses that
 * the asking run knows to be true.
 */
import { type Commit, changesetLabel, isStatus, type Status } from '../../src/changeset.ts';
import { readTrailers, statusMessage } from '../../src/landing/trailers.ts';
import { isSameStatus, type StatusOf } from '../../src/manifest/reviewStatusChanges.ts';
import { RefusedText, UnreadableText } from '../../src/manifest/texts.ts';
import type { Git } from '../../src/ports.ts';
import type { ControlDeps } from '../deps.ts';

export interface OwnCommit {
  commit: Commit;
  parent: Commit;
  name: string;
  status: Status;
}

type Where = Pick<ControlDeps, 'git' | 'parser' | 'coordinator'>;

/** The status commit that writes this status on top of that parent. */
export async function makeStatusCommit(
  { git, parser, coordinator }: Where,
  on: { parent: Commit; manifest: string; pullRequest: number; name: string; status: Status },
): Promise<Commit> {
  const { parent, manifest, pullRequest, name, status } = on;
  const text = await readText(git, coordinator, { commit: parent, path: manifest });
  if (text === undefined) throw new RefusedText(`${manifest} at ${parent}: expected a file, found none`);
  const written = await parser.writeStatus(text, name, status);
  const tree = await git.replaceFile(coordinator, parent, { path: manifest, text: written });
  const message = statusMessage({ coordinator, pullRequest, name }, status);
  return git.commitTree({ repository: coordinator, tree, parents: [parent], message, dateOf: parent });
}

export async function readText(
  git: Git,
  repository: string,
  at: { commit: Commit; path: string },
): Promise<string | undefined> {
  const file = await git.readFile(repository, at.commit, at.path);
  return file?.content === undefined ? undefined : new TextDecoder('utf-8', { ignoreBOM: true }).decode(file.content);
}

/** Commits above `from` up to `to`, oldest first; `undefined` when one of them is not the bot's, or says what is not `ended`. */
export async function ownCommitsBetween(
  deps: ControlDeps,
  range: { from: Commit; to: Commit; pullRequest: number; ended?: StatusOf[] },
): Promise<OwnCommit[] | undefined> {
  const { git, coordinator } = deps;
  const { from, to, pullRequest, ended } = range;
  if (from === to) return [];
  await git.fetch(coordinator, [to, from], deps.live());
  if (!(await git.isAncestor(coordinator, from, to))) return undefined;
  const commits = await git.firstParents({ repository: coordinator, from: to, until: from, limit: 500 });
  const own: OwnCommit[] = [];
  for (const { commit, parents, message } of commits.toReversed()) {
    const recognised = await recognise(deps, { commit, parents, message, pullRequest });
    if (recognised === undefined) return undefined;
    own.push(recognised);
  }
  const isKnown = (one: OwnCommit) => ended === undefined || ended.some((known) => isSameStatus(known, one));
  return own.every(isKnown) ? own : undefined;
}

async function recognise(
  { git, parser, coordinator }: Where,
  found: { commit: Commit; parents: Commit[]; message: string; pullRequest: number },
): Promise<OwnCommit | undefined> {
  const { commit, parents, message, pullRequest } = found;
  const [parent] = parents;
  const trailer = readTrailers(message).status;
  if (parent === undefined || parents.length !== 1 || trailer === undefined || !isStatus(trailer.status))
    return undefined;
  const prefix = changesetLabel({ coordinator, pullRequest, name: '' });
  if (!trailer.changeset.startsWith(prefix)) return undefined;
  const name = trailer.changeset.slice(prefix.length);
  const [manifest, ...more] = await git.changedPaths(coordinator, parent, commit);
  if (manifest === undefined || more.length > 0) return undefined;
  try {
    const again = await makeStatusCommit(
      { git, parser, coordinator },
      { parent, manifest, pullRequest, name, status: trailer.status },
    );
    return again === commit ? { commit, parent, name, status: trailer.status } : undefined;
  } catch (error) {
    // A text into which the bot could not have written this status: not the bot's.
    if (error instanceof RefusedText || error instanceof UnreadableText) return undefined;
    throw error;
  }
}
