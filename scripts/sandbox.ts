/** Which sandbox demo and tests use where the choice is not made: bubblewrap, or none — said aloud, and never in CI. */
import { bubblewrapFault } from '../activities/tests/bubblewrap.ts';

export type SandboxChoice = 'bubblewrap' | 'none';

/** Throws where bubblewrap is missing and nobody may decide to go without it. */
export async function sandboxChoice(
  environment: Record<string, string | undefined>,
  say: (line: string) => void,
): Promise<SandboxChoice> {
  if (environment.LOCKSTEP_SANDBOX === 'none') {
    say('LOCKSTEP_SANDBOX=none: test scripts run WITHOUT a sandbox, with your own rights');
    return 'none';
  }
  const fault = await bubblewrapFault();
  if (fault === undefined) return 'bubblewrap';
  const advice = 'install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap; Fedora: dnf install bubblewrap)';
  if (environment.CI === 'true') throw new Error(`${fault}. In CI that is an error: ${advice}`);
  say(`${fault}. Test scripts run WITHOUT a sandbox, with your own rights.`);
  if (process.platform === 'linux') say(`To have one, ${advice}`);
  return 'none';
}
