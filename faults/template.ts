/** A local GitHub that is filled once and copied for each run: the coordinator, its members, its people, the rulesets. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { startLocalGitHub } from '../server/local/github/index.ts';
import { MEMBERS } from './points.ts';

export const COORDINATOR = 'acme/coordinator';
/** Comes last when repositories land in their order: one that refuses finds the others landed. */
export const LAST_MEMBER = 'acme/zone';
export const PERSON = 'ann';

/** Tells what was tested: a digest of each repository. Fails where a member has a file `broken`; waits where one is `slow`. */
const SCRIPT = `#!/bin/bash
set -eu
echo "testing $LOCKSTEP_CHANGESET in $LOCKSTEP_REPOSITORIES"
for repository in */; do
  name="\${repository%/}"
  digest="$(cd "$repository" && find . -type f | LC_ALL=C sort | xargs -r -d '\\n' sha1sum | sha1sum | cut -d' ' -f1)"
  echo "tested $name $digest"
  if [ -e "$repository/slow" ]; then sleep "$(cat "$repository/slow")"; fi
  if [ -e "$repository/broken" ]; then echo "broken: $name" >&2; exit 3; fi
done
echo ok
`;

export const ALL_MEMBERS = [...MEMBERS, LAST_MEMBER];

/** The coordinator's configuration file; `more`: its further lines. */
export function configuration(more: string[] = []): Record<string, string> {
  const lines = [
    'repositories:',
    ...ALL_MEMBERS.map((name) => `  - ${name}`),
    'notify:',
    '  mention: "@acme/release"',
    '  slack: true',
    ...more,
  ];
  return { 'lockstep.yaml': `${lines.join('\n')}\n` };
}

/** Gives the folder. */
export async function makeTemplate(folder: string): Promise<string> {
  const dir = await mkdtemp(join(folder, 'template-'));
  const github = await startLocalGitHub({ dir });
  const { admin } = github;
  await admin.createRepository(COORDINATOR, {
    files: {
      ...configuration(),
      'scripts/run_integration_tests.sh': { text: SCRIPT, executable: true },
    },
  });
  for (const name of ALL_MEMBERS) {
    await admin.createRepository(name, { files: { 'README.md': `# ${name}\n`, 'shared.txt': 'one\n' } });
  }
  admin.addPerson(PERSON);
  for (const name of [COORDINATOR, ...ALL_MEMBERS]) admin.setRole(PERSON, name, 'write');
  admin.protect(COORDINATOR, { coordinator: true, requiredChecks: ['lockstep'] });
  for (const name of ALL_MEMBERS) admin.protect(name);
  await github.stop();
  return dir;
}
