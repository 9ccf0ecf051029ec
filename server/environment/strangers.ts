/** Secrets that have no place in the environment of who runs the code of others. No value is ever in a problem. */
import type { Environment } from './values.ts';

const SECRETS = [
  'GITHUB_APP_PRIVATE_KEY',
  'GITHUB_WEBHOOK_SECRET',
  'GITHUB_ADMIN_TOKEN',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'SLACK_WEBHOOK_URL',
];

/** A test worker needs none of them, and whoever breaks out of its sandbox would find them. */
export function findStrangers(env: Environment, problems: string[]): void {
  for (const [name, value] of Object.entries(env)) {
    if (!value?.trim() || !isSecret(name, value)) continue;
    problems.push(
      `${name}: a test worker runs what anybody with push rights wrote, and must not hold it: start it with an environment of its own, without it`,
    );
  }
}

/** A private key is known by its form too, whatever it is called; Temporal's own is needed. */
function isSecret(name: string, value: string): boolean {
  if (SECRETS.some((secret) => name === secret || name === `${secret}_FILE`)) return true;
  return !name.startsWith('TEMPORAL_') && /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(value);
}
