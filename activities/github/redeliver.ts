/** Has GitHub send a delivery once more, and sees what its receiver answers: the one way to try its webhook from outside. */
import type { Redelivery } from '../../src/doctor/facts.ts';
import type { Client } from './client.ts';
import type { Session } from './session.ts';

/** Between looks, in ms; GitHub itself gives a receiver ten seconds. */
const WAITS = [100, 200, 400, 800, 1_500, 3_000, 3_000, 3_000, 4_000, 4_000];

/** The newest ping, else the newest of any kind. A replayed delivery has no second effect. */
export async function tryWebhook(session: Session, wait: (ms: number) => Promise<unknown>): Promise<Redelivery> {
  return session.asApp(async (client) => {
    const known = await newest(client);
    const chosen = known.find(({ event }) => event === 'ping') ?? known[0];
    if (chosen === undefined) return { kind: 'none' };
    const ids = new Set(known.map(({ id }) => id));
    await client.rest.apps.redeliverWebhookDelivery({ delivery_id: chosen.id });
    for (const ms of WAITS) {
      await wait(ms);
      const again = (await newest(client)).find(({ id, guid }) => guid === chosen.guid && !ids.has(id));
      if (again) return { kind: 'answered', code: again.status_code, status: again.status };
    }
    return { kind: 'silent', afterS: Math.round(WAITS.reduce((sum, ms) => sum + ms, 0) / 1000) };
  });
}

async function newest(client: Client) {
  return (await client.rest.apps.listWebhookDeliveries({ per_page: 100 })).data;
}
