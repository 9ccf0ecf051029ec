/**
 * Slack's incoming webhooks. The URL is a secret (whoever has it can post), so no error names it; and it comes from
 * configuration, so it may lead only to the open internet: the address is checked when it is connected to, not before, and
 * redirects are not followed.
 */
import { lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Notifier } from '../../src/ports.ts';
import { isLoopback, isPublic } from './address.ts';

const TIMEOUT_MS = 10_000;
/** Slack answers with a word; anything longer is not Slack. */
const ANSWER_BYTES = 1_000;

export interface SlackOptions {
  /** `SLACK_WEBHOOK_URL`. */
  url: string;
  /** For local runs and tests: plain http, and this machine. Nothing else is opened by it. */
  allowLoopback?: boolean;
  timeoutMs?: number;
}

/** Throws at once when the URL cannot be one that is allowed. */
export function createSlackNotifier(options: SlackOptions): Notifier {
  const fault = slackUrlFault(options);
  if (fault !== undefined) throw new Error(fault);
  const url = new URL(options.url);
  return {
    async notify({ text }) {
      const { status, answer } = await post(url, JSON.stringify({ text }), options);
      if (status === 200) return;
      throw new Error(`Slack did not take the notification: expected 200, found ${status} (${JSON.stringify(answer)})`);
    },
  };
}

/** What is wrong with a webhook URL, as a sentence without the URL; for the configuration's report. */
export function slackUrlFault({ url, allowLoopback = false }: SlackOptions): string | undefined {
  if (!URL.canParse(url)) return 'the Slack webhook is not a URL';
  const { protocol, hostname, username, password } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (username !== '' || password !== '') return 'the Slack webhook: expected no user or password in the URL';
  if (allowLoopback && protocol === 'http:' && (host === 'localhost' || isLoopback(host))) return undefined;
  if (protocol !== 'https:') return `the Slack webhook: expected https, found ${protocol.replace(':', '')}`;
  return isIP(host) === 0 || isAllowed(host, allowLoopback) ? undefined : refusal(host);
}

function isAllowed(address: string, allowLoopback: boolean): boolean {
  return isPublic(address) || (allowLoopback && isLoopback(address));
}

function refusal(address: string): string {
  return `the Slack webhook leads to ${address}: expected an address of the open internet`;
}

interface Answer {
  status: number;
  answer: string;
}

function post(
  url: URL,
  body: string,
  { allowLoopback = false, timeoutMs = TIMEOUT_MS }: SlackOptions,
): Promise<Answer> {
  const send = url.protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new Error(`Slack could not be reached: ${error.message}`));
    const request = send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) },
      lookup: checkedLookup(allowLoopback),
      // For the whole exchange: a socket's own time-out begins again with every byte.
      signal: AbortSignal.timeout(timeoutMs),
      agent: false,
    });
    request.once('error', (error) => {
      fail(error.name === 'AbortError' ? new Error(`no answer within ${timeoutMs} ms`) : error);
    });
    request.once('response', (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer = (answer + chunk).slice(0, ANSWER_BYTES);
      });
      response.once('error', fail);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, answer }));
    });
    request.end(body);
  });
}

/** Resolves a name and refuses what it leads to: a check made earlier could be answered with another address later. */
function checkedLookup(allowLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const bad = addresses.find(({ address }) => !isAllowed(address, allowLoopback));
      const [first] = addresses;
      if (bad !== undefined || first === undefined) return callback(new Error(refusal(bad?.address ?? hostname)), '');
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
