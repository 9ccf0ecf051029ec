/** Why changesets wait that could not begin yet: always one sentence each. */
import { type Fence, landingName } from '../queue/fence.ts';
import { code, few, NAMED } from './text.ts';
import { type ChangesetView, isFinal, type PipelineView } from './view.ts';

export function whyWaiting(view: PipelineView): string[] {
  const waiting = view.changesets.filter((one) => one.phase.at === 'waiting' && !isFinal(one));
  const said = waiting.flatMap((one) => {
    const { name, after, behind, members } = one;
    if (after.length > 0) {
      const ended = after.length === 1 ? 'has ended' : 'have ended';
      return [`${code(name)} starts when ${few(after.map(code))} ${ended}: ${whyAfter(view, one)}.`];
    }
    if (behind === undefined) return [];
    return [`${code(name)} starts when ${behindWords(behind, members)}: it would have to be tested again after that.`];
  });
  return said.slice(0, NAMED);
}

function behindWords(fence: Fence, members: ChangesetView['members']): string {
  const shared = members.map(({ repository }) => repository).filter((name) => fence.repositories.includes(name));
  const where = shared.length > 0 ? shared : fence.repositories;
  return `the landing of ${code(landingName(fence.changeset))} in ${few(where)} is settled`;
}

function whyAfter(view: PipelineView, { after, members }: ChangesetView): string {
  const below = view.changesets.filter(({ name }) => after.includes(name)).flatMap((one) => one.members);
  const shares = members.some(({ repository }) => below.some((other) => other.repository === repository));
  return shares ? 'they share a repository' : 'here every changeset goes after the one before it';
}
