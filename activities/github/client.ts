/** Octokit as Lockstep uses it: paced as GitHub asks, reads tried again, writes only by Temporal. */
import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { RequestError } from '@octokit/request-error';
import { type Limits, limitedFetch } from './fetch.ts';

const Client = Octokit.plugin(paginateRest, restEndpointMethods, retry, throttling);

export type Client = InstanceType<typeof Client>;

export interface ClientOptions {
  apiUrl: string;
  /** `github`: at most the requests a minute that GitHub asks for. `none`: for a forge of one's own. Default `github`. */
  pacing?: 'github' | 'none';
  limits?: Limits;
}

/** A wait that GitHub asks for is sat out here when it is this short, in s; a longer one is Temporal's (failures.ts). */
const SHORT_WAIT_S = 10;

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** `auth`: an installation token, or the App's JWT. */
export function createClient(options: ClientOptions, auth: string | undefined): Client {
  const waitShortly = (retryAfter: number, _request: unknown, _octokit: unknown, retries: number) =>
    retryAfter <= SHORT_WAIT_S && retries < 2;
  const client = new Client({
    baseUrl: options.apiUrl,
    userAgent: 'lockstep',
    log: QUIET,
    ...(auth === undefined ? {} : { auth }),
    request: { fetch: limitedFetch(options.limits) },
    retry: { retries: 2 },
    throttle: {
      enabled: options.pacing !== 'none',
      onRateLimit: waitShortly,
      onSecondaryRateLimit: waitShortly,
    },
  });
  client.hook.before('request', (request) => {
    // A write whose reply was lost may have happened: its activity looks first.
    if (request.method !== 'GET') request.request.retries = 0;
  });
  client.hook.after('request', (response, request) => {
    // The name is not the repository's any more; whoever has it tomorrow is not whom the configuration means.
    if (response.status < 300 || response.status >= 400) return;
    throw new RequestError('Moved to another name', 404, { request, response });
  });
  return client;
}
