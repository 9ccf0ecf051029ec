/**
 * Webhook deliveries: signed, sent in the background, listed and redeliverable. Nothing that causes an event waits for
 * its receiver. Every attempt is kept on disk; what had not been sent when the server stopped is sent at the next start.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { readLines, type Store } from './store.ts';

export interface WebhookDelivery {
  id: number;
  /** `X-GitHub-Delivery`: the same for every redelivery of an event. */
  guid: string;
  event: string;
  action: string | null;
  repository: string | null;
  repositoryId: number | null;
  installationId: number | null;
  redelivery: boolean;
  deliveredAt: string;
  /** Seconds that the receiver took. */
  duration: number;
  /** `OK`, or what went wrong; `pending` until the receiver has answered. */
  status: string;
  statusCode: number;
  /** The exact bytes that are signed and sent. */
  body: string;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  responseBody: string;
}

/** `send` once, `drop` (recorded as timed out, never sent), or send that many times with one delivery id. */
export type DeliveryPolicy = 'on' | 'drop' | ((delivery: WebhookDelivery) => 'send' | 'drop' | number);

export interface WebhookEvent {
  event: string;
  action: string | null;
  repository: { id: number; fullName: string } | null;
  installationId: number | null;
  payload: unknown;
}

/** GitHub gives a receiver ten seconds. */
const TIMEOUT_MS = 10_000;

export class Webhooks {
  private readonly store: Store;
  private readonly now: () => number;
  private readonly known = new Map<number, WebhookDelivery>();
  private readonly queue = new PQueue({ concurrency: 8 });
  private readonly unsent: WebhookDelivery[];
  private policy: DeliveryPolicy = 'on';

  constructor(store: Store, now: () => number) {
    this.store = store;
    this.now = now;
    for (const delivery of readLines<WebhookDelivery>(this.file)) this.known.set(delivery.id, delivery);
    this.unsent = this.list().filter((delivery) => delivery.status === 'pending');
  }

  private get file(): string {
    return join(this.store.dir, 'deliveries.jsonl');
  }

  /** Sends what an earlier run left unsent. */
  resume(): void {
    for (const delivery of this.unsent.splice(0)) this.enqueue(delivery);
  }

  setPolicy(policy: DeliveryPolicy): void {
    this.policy = policy;
  }

  /** Every delivery so far, oldest first. */
  list(): WebhookDelivery[] {
    return [...this.known.values()];
  }

  find(id: number): WebhookDelivery | undefined {
    return this.known.get(id);
  }

  /** Queues an event, if there is anywhere to send it. */
  emit(event: WebhookEvent): void {
    if (this.store.global.webhook === null) return;
    this.add({
      guid: randomUUID(),
      event: event.event,
      action: event.action,
      repository: event.repository?.fullName ?? null,
      repositoryId: event.repository?.id ?? null,
      installationId: event.installationId,
      redelivery: false,
      body: JSON.stringify(event.payload),
    });
  }

  /** Queues the same bytes with the same delivery id again. */
  redeliver(delivery: WebhookDelivery): void {
    this.add({ ...delivery, redelivery: true });
  }

  /** Resolves when everything queued so far has been sent and answered. */
  async settled(): Promise<void> {
    await this.queue.onIdle();
  }

  /** Lets no further delivery begin; those under way end by themselves. */
  async stop(): Promise<void> {
    this.queue.pause();
    this.queue.clear();
    await this.queue.onPendingZero();
  }

  private add(
    given: Pick<WebhookDelivery, 'guid' | 'event' | 'action' | 'body' | 'redelivery'> &
      Pick<WebhookDelivery, 'repository' | 'repositoryId' | 'installationId'>,
  ): void {
    const delivery: WebhookDelivery = {
      ...given,
      id: this.store.takeId(),
      deliveredAt: new Date(this.now()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      duration: 0,
      status: 'pending',
      statusCode: 0,
      requestHeaders: {},
      responseHeaders: {},
      responseBody: '',
    };
    this.keep(delivery);
    this.enqueue(delivery);
  }

  private enqueue(delivery: WebhookDelivery): void {
    const verdict = typeof this.policy === 'function' ? this.policy(delivery) : this.policy;
    if (verdict === 'drop' || verdict === 0) {
      this.keep({ ...delivery, status: 'timed out', statusCode: 504 });
      return;
    }
    const times = typeof verdict === 'number' ? verdict : 1;
    for (let time = 0; time < times; time += 1) void this.queue.add(() => this.send(delivery));
  }

  private async send(delivery: WebhookDelivery): Promise<void> {
    const webhook = this.store.global.webhook;
    if (webhook === null) return;
    const requestHeaders = headersFor(delivery, webhook.secret, this.store.global.app.id);
    const began = this.now();
    const sent = { ...delivery, requestHeaders };
    try {
      const response = await fetch(webhook.url, {
        method: 'POST',
        headers: requestHeaders,
        body: delivery.body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const responseBody = (await response.text()).slice(0, 10_000);
      const status = response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`;
      const responseHeaders = Object.fromEntries(response.headers);
      this.keep({ ...sent, ...this.took(began), status, statusCode: response.status, responseHeaders, responseBody });
    } catch (error) {
      // A receiver that is away is an ordinary outcome of a delivery, and is recorded as one.
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      const outcome = timedOut
        ? { status: 'timed out', statusCode: 504 }
        : { status: 'failed to connect to host', statusCode: 502 };
      this.keep({ ...sent, ...this.took(began), ...outcome });
    }
  }

  private took(began: number): { duration: number } {
    return { duration: Math.round((this.now() - began) / 10) / 100 };
  }

  private keep(delivery: WebhookDelivery): void {
    this.known.set(delivery.id, delivery);
    appendFileSync(this.file, `${JSON.stringify(delivery)}\n`);
  }
}

function headersFor(delivery: WebhookDelivery, secret: string, appId: number): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/local',
    'x-github-delivery': delivery.guid,
    'x-github-event': delivery.event,
    'x-github-hook-id': '1',
    'x-github-hook-installation-target-id': String(appId),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(delivery.body).digest('hex')}`,
  };
}
