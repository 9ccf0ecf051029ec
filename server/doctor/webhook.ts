/** The look at the webhook: how the App has it, a ping of our own, and a delivery that GitHub sends once more. */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inspectApp, inspectHook } from '../../activities/github/inspect.ts';
import { tryWebhook } from '../../activities/github/redeliver.ts';
import type { Session } from '../../activities/github/session.ts';
import { judgeHook, judgePing, judgeRedelivery } from '../../src/doctor/app.ts';
import type { Ping } from '../../src/doctor/facts.ts';
import type { Finding } from '../../src/doctor/finding.ts';

const TIMEOUT_MS = 10_000;

interface Expected {
  webhookSecret: string;
  publicUrl?: string;
}

export async function lookAtWebhook(session: Session, expected: Expected): Promise<Finding[]> {
  const { settingsUrl } = await inspectApp(session);
  const hook = await inspectHook(session);
  const findings = judgeHook(hook, settingsUrl, expected.publicUrl);
  if (hook.url === undefined || !URL.canParse(hook.url)) return findings;
  // What is not ours gets no signature of ours.
  if (findings.every(({ state }) => state === 'ok')) {
    findings.push(...judgePing(await ping(hook.url, expected.webhookSecret), hook.url));
  }
  return [...findings, ...judgeRedelivery(await tryWebhook(session, (ms) => delay(ms)), settingsUrl)];
}

/** As GitHub would send it. The server takes it, and does nothing with it. */
async function ping(url: string, secret: string): Promise<Ping> {
  const body = JSON.stringify({ zen: 'Is anybody there?' });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'ping',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${signature}`,
  };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    return { kind: 'answered', code: response.status };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { kind: 'failed', why: cause instanceof Error ? cause.message : String(cause) };
  }
}
