/** Every look of the doctor, one after another; what breaks a look is a finding too. */
import type { Finding } from '../../src/doctor/finding.ts';
import type { ControlConfig, DoctorConfig, ServerConfig, TestsConfig } from '../config.ts';
import { lookAtApp, lookAtRepositories, openGitHub } from './github.ts';
import { lookAtDisk, lookAtGit, lookAtSandbox } from './machine.ts';
import { lookAtTemporal } from './temporal.ts';
import { lookAtWebhook } from './webhook.ts';

export interface Configs {
  server: ServerConfig;
  control: ControlConfig;
  tests: TestsConfig;
  doctor: DoctorConfig;
}

/** Tells each finding as soon as it is made. */
export async function examine(configs: Configs, tell: (finding: Finding) => void): Promise<Finding[]> {
  const github = openGitHub(configs.control);
  const looks: [about: string, look: () => Promise<Finding[]>][] = [
    ['git', () => lookAtGit(configs.control.environment)],
    ['disk', () => lookAtDisk(configs.control.dataDir)],
    ['sandbox', () => lookAtSandbox(configs.tests)],
    ['Temporal', () => lookAtTemporal(configs.control)],
    ['GitHub', () => lookAtApp(github)],
    ['webhook', () => lookAtWebhook(github, { ...configs.server, ...configs.control })],
    ['rules', () => lookAtRepositories(github, configs)],
  ];
  const all: Finding[] = [];
  for (const [about, look] of looks) {
    const found = await look().catch((error: unknown) => [brokenLook(about, error)]);
    for (const finding of found) tell(finding);
    all.push(...found);
  }
  return all;
}

function brokenLook(about: string, error: unknown): Finding {
  const why = error instanceof Error ? error.message : String(error);
  return { state: 'wrong', about, says: `could not be looked at (${why}): mend that, then run the doctor again` };
}
