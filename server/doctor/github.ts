/** The looks at GitHub: the App, and the rules of every repository of `lockstep.yaml`. */
import { inspectApp, inspectRepository, readTextFile } from '../../activities/github/inspect.ts';
import { appRefusal } from '../../activities/github/refusals.ts';
import { createSession, type Session } from '../../activities/github/session.ts';
import { createTokens } from '../../activities/github/tokens.ts';
import { judgeApp, refusedApp } from '../../src/doctor/app.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { bypassUnseen, judgeRepository, notInstalled, unusableConfiguration } from '../../src/doctor/protection.ts';
import { problemLine } from '../../src/manifest/problem.ts';
import { readConfiguration } from '../../src/manifest/readConfiguration.ts';
import type { ControlConfig, DoctorConfig } from '../config.ts';
import { isLoopbackUrl } from '../environment/values.ts';

const CONFIGURATION = 'lockstep.yaml';

export function openGitHub({ app, github, coordinator }: ControlConfig): Session {
  const pacing = isLoopbackUrl(github.serverUrl) ? 'none' : 'github';
  const tokens = createTokens({ appId: app.id, privateKey: app.privateKey, apiUrl: github.apiUrl, pacing });
  return createSession({ coordinator, ...github, tokens, pacing });
}

export async function lookAtApp(session: Session): Promise<Finding[]> {
  try {
    return judgeApp(await inspectApp(session));
  } catch (error) {
    if (appRefusal(error) !== 'key') throw error;
    return [refusedApp()];
  }
}

/** The coordinator, and the members that its configuration names. */
export async function lookAtRepositories(
  session: Session,
  { control, doctor }: { control: ControlConfig; doctor: DoctorConfig },
): Promise<Finding[]> {
  const { coordinator } = control;
  const { id } = await session.app();
  const content = await readTextFile(session, coordinator, CONFIGURATION);
  const read = content === undefined ? undefined : readConfiguration(content, { path: CONFIGURATION, coordinator });
  const members = read !== undefined && 'configuration' in read ? read.configuration.repositories : [];
  const problems = read !== undefined && 'problems' in read ? read.problems.map(problemLine) : [];
  const findings: Finding[] = [];
  for (const repository of [coordinator, ...members]) {
    const facts = await inspectRepository(session, { repository, coordinator, ...doctor });
    findings.push(...(facts === undefined ? [notInstalled(repository)] : judgeRepository(facts, id)));
  }
  if (members.length === 0) findings.push(unusableConfiguration(coordinator, problems));
  if (doctor.adminToken === undefined) findings.push(bypassUnseen());
  return findings;
}
