/** A local GitHub for attacks: lanes in which they are, one beside another, and the neighbour next door. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { COORDINATOR, PERSON } from '../faults/template.ts';
import { startLocalGitHub } from '../server/local/github/index.ts';
import { NEIGHBOUR } from './neighbour.ts';

/** Changesets that share none run side by side. */
export const LANES = ['acme/lane-1', 'acme/lane-2', 'acme/lane-3', 'acme/lane-4'];
export const NEXT_DOOR = 'acme/next-door';

/** The coordinator's own: it runs the changeset's test from its branch, an attack only when the host has seen the neighbour run. */
const SCRIPT = `#!/bin/bash
if [ "$LOCKSTEP_CHANGESET" != ${NEIGHBOUR} ]; then
  trap 'begun=1' USR2
  until [ -n "\${begun:-}" ]; do sleep 0.05; done
  trap - USR2
fi
for repository in */; do
  if [ -x "$repository/tests/$LOCKSTEP_CHANGESET" ]; then exec "$repository/tests/$LOCKSTEP_CHANGESET"; fi
done
echo "$LOCKSTEP_CHANGESET has no test"
exit 3
`;

/** `defaults`: lines below that word. */
export function configuration(defaults: string[]): Record<string, string> {
  const lines = [
    'repositories:',
    ...[...LANES, NEXT_DOOR].map((name) => `  - ${name}`),
    'defaults:',
    ...defaults.map((line) => `  ${line}`),
    `parallelism: ${LANES.length + 1}`,
  ];
  return { 'lockstep.yaml': `${lines.join('\n')}\n` };
}

/** Gives the folder. */
export async function makeAttacksTemplate(folder: string): Promise<string> {
  const dir = await mkdtemp(join(folder, 'attacks-template-'));
  const github = await startLocalGitHub({ dir });
  const { admin } = github;
  const files = { ...configuration(['timeout: 60s']), 'scripts/run_integration_tests.sh': executable(SCRIPT) };
  await admin.createRepository(COORDINATOR, { files });
  const members = [...LANES, NEXT_DOOR];
  for (const name of members) await admin.createRepository(name, { files: { 'README.md': `# ${name}\n` } });
  admin.addPerson(PERSON);
  for (const name of [COORDINATOR, ...members]) admin.setRole(PERSON, name, 'write');
  admin.protect(COORDINATOR, { coordinator: true, requiredChecks: ['lockstep'] });
  for (const name of members) admin.protect(name);
  await github.stop();
  return dir;
}

export function executable(text: string): { text: string; executable: true } {
  return { text, executable: true };
}
