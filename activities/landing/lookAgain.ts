/** The look at a changeset that has ended, or was ended by hand: does anything of it stand? */
import type { ChangesetId, Member } from '../../src/changeset.ts';
import { toLand } from '../../src/changeset.ts';
import { whole } from '../../src/landing/halfLanding.ts';
import type { Looked } from '../../src/landing/steps.ts';
import type { ControlDeps } from '../deps.ts';
import { whatStands } from './halfLanding.ts';
import { look } from './look.ts';

export async function lookAgain(deps: ControlDeps, request: { id: ChangesetId; members: Member[] }): Promise<Looked> {
  const { id, members } = request;
  // A push of a run that was cut off may still arrive (PROTOCOL 7): this look is one that concludes.
  await deps.wait(deps.settings.pushLifeMs, deps.live().signal);
  const found = await whatStands(deps, id, await look(deps, id, members));
  if (found === undefined) return { kind: 'clear' };
  if (found.kind === 'halfLanded') return { kind: 'stands', vector: found.vector, findings: found.findings };
  const vector = whole(found.vector);
  const findings = toLand(vector).map(
    ({ repository, candidate, base }) => ({ repository, candidate, tip: base, standing: 'stands' }) as const,
  );
  return { kind: 'stands', vector, findings };
}
