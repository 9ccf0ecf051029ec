/** The App's webhook deliveries: listed newest first, shown whole, sent again. */
import { ApiError, notFound } from '../errors.ts';
import { type Answer, appRoute, type Call, type Route } from '../rest.ts';
import type { WebhookDelivery } from '../webhooks.ts';

function itemView(delivery: WebhookDelivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function list(call: Call): Answer {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30));
  const cursor = call.query.get('cursor');
  const all = call.hub.webhooks
    .list()
    .filter((one) => one.status !== 'pending')
    .reverse();
  // The cursor is the last id shown: deliveries that come meanwhile shift nothing.
  const rest = cursor === null ? all : all.filter((one) => one.id < Number(cursor));
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  const headers: Record<string, string> = {};
  if (rest.length > size && last !== undefined) {
    const query = new URLSearchParams(call.query);
    query.set('cursor', String(last.id));
    headers.link = `<${call.hub.apiUrl()}/app/hook/deliveries?${query}>; rel="next"`;
  }
  return { status: 200, body: shown.map(itemView), headers };
}

function found({ hub, params }: Call): WebhookDelivery {
  const delivery = hub.webhooks.find(Number(params.delivery_id));
  if (delivery === undefined) throw notFound();
  return delivery;
}

function show(call: Call): Answer {
  const delivery = found(call);
  const request = { headers: delivery.requestHeaders, payload: JSON.parse(delivery.body) as unknown };
  const response = { headers: delivery.responseHeaders, payload: delivery.responseBody };
  const url = call.hub.store.global.webhook?.url ?? '';
  return { status: 200, body: { ...itemView(delivery), url, request, response } };
}

/** GitHub shows of a secret only that there is one. */
function config({ hub }: Call): Answer {
  const { webhook } = hub.store.global;
  if (webhook === null) return { status: 200, body: {} };
  const { url, secret, contentType = 'json', insecureSsl = '0' } = webhook;
  const body = { content_type: contentType, insecure_ssl: insecureSsl, url, ...(secret && { secret: '********' }) };
  return { status: 200, body };
}

export const deliveryRoutes: Route[] = [
  appRoute({ method: 'GET', path: '/app/hook/config' }, config),
  appRoute({ method: 'GET', path: '/app/hook/deliveries' }, list),
  appRoute({ method: 'GET', path: '/app/hook/deliveries/{delivery_id}' }, show),
  appRoute({ method: 'POST', path: '/app/hook/deliveries/{delivery_id}/attempts' }, (call) => {
    const delivery = found(call);
    if (call.hub.store.global.webhook === null) throw new ApiError(422, 'The App has no webhook');
    call.hub.webhooks.redeliver(delivery);
    return { status: 202, body: {} };
  }),
];
