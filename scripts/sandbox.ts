/** Which sandbox demo and tests use where the choice is not made: bubblewrap, or none — said aloud, and never in CI. */
import { openSandbox } from '../activities/tests/sandbox/openSandbox.ts';
import type { SandboxChoice } from '../server/environment/sandbox.ts';

/** Throws where bubblewrap is missing and nobody may decide to go without it. */
export async function sandboxChoice(
  environment: Record<string, string | undefined>,
  say: (line: string) => void,
): Promise<SandboxChoice> {
  if (environment.LOCKSTEP_SANDBOX === 'none') {
    say('LOCKSTEP_SANDBOX=none: test scripts run WITHOUT a sandbox, with your own rights');
    return 'none';
  }
  const opened = await openSandbox({ cgroups: 'find', tools: [] });
  if ('box' in opened) return 'bubblewrap';
  const only = await openSandbox({ cgroups: 'without', tools: [] });
  if ('box' in only) {
    say(`the limits of memory and processes hold for each process alone: ${opened.fault}`);
    return 'bubblewrap-only';
  }
  const advice = 'install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap; Fedora: dnf install bubblewrap)';
  if (environment.CI === 'true') throw new Error(`${only.fault}. In CI that is an error: ${advice}`);
  say(`${only.fault}. Test scripts run WITHOUT a sandbox, with your own rights.`);
  if (process.platform === 'linux') say(`To have one, ${advice}`);
  return 'none';
}
