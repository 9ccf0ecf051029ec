/** Environment → configuration; every missing or bad value at once (CONTRACT, Environment). The one home of `process.env`. */
import { slackUrlFault } from '../activities/notify/slack.ts';
import type { SandboxHost } from '../activities/tests/sandbox/host.ts';
import { LONGEST_PUSH_LIFE_MS, SHORTEST_PUSH_LIFE_MS } from '../src/landing/push.ts';
import type { Bounds } from '../src/limits.ts';
import { REPOSITORY } from '../src/manifest/names.ts';
import {
  readDataDir,
  readOptionalSecret,
  readPrivateKey,
  readSecret,
  readWorkflowBundle,
} from './environment/files.ts';
import { type PayloadKey, readPayloadKeys } from './environment/payloadKeys.ts';
import { readBounds, readSandbox, readSandboxHost, type SandboxChoice } from './environment/sandbox.ts';
import { findStrangers } from './environment/strangers.ts';
import { readTemporal, type TemporalConfig } from './environment/temporal.ts';
import {
  type Environment,
  isLoopbackUrl,
  type Listen,
  readDays,
  readListen,
  readMatching,
  readMilliseconds,
  readUrl,
} from './environment/values.ts';

export type { Environment, Listen };

/** sysexits.h EX_CONFIG. */
export const EXIT_CONFIGURATION = 78;

export interface CommonConfig {
  coordinator: string;
  temporal: TemporalConfig;
  dataDir: string;
  logLevel: string;
  /** Where a worker answers `/metrics`; the server does so on its own address. */
  metricsListen?: Listen;
  /** Where git and other programs take PATH, proxies and certificates from. */
  environment: Environment;
  /** Encrypt what Temporal keeps; the first is for what is new. */
  payloadKeys?: PayloadKey[];
  /** A workflow bundle made before, so that a start need not wait for webpack. */
  workflowBundle?: string;
}

export interface ServerConfig extends CommonConfig {
  listen: Listen;
  webhookSecret: string;
  /** Base of links to pull requests. */
  serverUrl: string;
  /** Events that the bot causes itself are dropped at the door when its slug is known. */
  appSlug?: string;
  reconcileEveryMs: number;
  janitorEveryMs: number;
}

export interface ControlConfig extends CommonConfig {
  app: { id: string; privateKey: string };
  github: { apiUrl: string; serverUrl: string };
  publicUrl?: string;
  temporalUiUrl?: string;
  slackWebhookUrl?: string;
  timings: { pushLifeMs: number; publishEveryMs: number; refreshEveryMs: number };
  ages: { keepLogsMs: number | 'forever'; renewMirrorsMs: number | 'never' };
}

export interface TestsConfig extends CommonConfig {
  sandbox: SandboxChoice;
  /** What `lockstep.yaml` can give a run of the tests at most. */
  bounds: Bounds;
  /** Where the sandbox takes what it shows of the system from, and what limits it. */
  host: SandboxHost;
}

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

type Read<T> = (env: Environment, problems: string[]) => T;

export const readServerConfig = whole<ServerConfig>((env, problems) => ({
  ...readCommon(env, problems),
  listen: readListen(env, problems, { name: 'LOCKSTEP_LISTEN', or: '127.0.0.1:3000' }),
  webhookSecret: readSecret(env, problems, 'GITHUB_WEBHOOK_SECRET'),
  serverUrl: readUrl(env, problems, 'GITHUB_SERVER_URL') ?? 'https://github.com',
  ...optional('appSlug', readMatching(env, problems, APP_SLUG)),
  reconcileEveryMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_RECONCILE_MS', or: 5 * 60_000 }),
  janitorEveryMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_JANITOR_MS', or: 15 * 60_000 }),
}));

export const readControlConfig = whole<ControlConfig>((env, problems) => ({
  ...readCommon(env, problems),
  app: {
    id: readMatching(env, problems, APP_ID) ?? '',
    privateKey: readPrivateKey(env, problems, 'GITHUB_APP_PRIVATE_KEY'),
  },
  github: {
    apiUrl: readUrl(env, problems, 'GITHUB_API_URL') ?? 'https://api.github.com',
    serverUrl: readUrl(env, problems, 'GITHUB_SERVER_URL') ?? 'https://github.com',
  },
  ...optional('publicUrl', readUrl(env, problems, 'LOCKSTEP_PUBLIC_URL')),
  ...optional('temporalUiUrl', readUrl(env, problems, 'TEMPORAL_UI_URL')),
  ...optional('slackWebhookUrl', readSlackUrl(env, problems)),
  timings: {
    pushLifeMs: readPushLife(env, problems),
    publishEveryMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_PUBLISH_MS', or: 15_000 }),
    refreshEveryMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_REFRESH_MS', or: 60_000 }),
  },
  ages: {
    keepLogsMs: readDays(env, problems, { name: 'LOCKSTEP_KEEP_LOGS_DAYS', or: 90 }) ?? 'forever',
    renewMirrorsMs: readDays(env, problems, { name: 'LOCKSTEP_RENEW_MIRRORS_DAYS', or: 30 }) ?? 'never',
  },
}));

export const readTestsConfig = whole<TestsConfig>((env, problems) => {
  return {
    ...readCommon(env, problems),
    sandbox: readSandbox(env, problems),
    bounds: readBounds(env, problems),
    host: readSandboxHost(env, problems),
  };
});

export interface CodecConfig {
  listen: Listen;
  payloadKeys: PayloadKey[];
  /** Its pages may ask. */
  temporalUiUrl?: string;
}

export const readCodecConfig = whole<CodecConfig>((env, problems) => {
  const payloadKeys = readPayloadKeys(env, problems);
  if (payloadKeys === undefined && problems.length === 0) problems.push('LOCKSTEP_PAYLOAD_KEYS_FILE: is not set');
  return {
    listen: readListen(env, problems, { name: 'LOCKSTEP_CODEC_LISTEN', or: '127.0.0.1:8081' }),
    payloadKeys: payloadKeys ?? [],
    ...optional('temporalUiUrl', readUrl(env, problems, 'TEMPORAL_UI_URL')),
  };
});

/** For a test worker that shares its process with nobody. */
export const refuseStrangers = whole<void>(findStrangers);

export interface DoctorConfig {
  /** Of somebody who may change the rulesets: GitHub shows bypass lists to nobody else. Only the doctor has it. */
  adminToken?: string;
}

export const readDoctorConfig = whole<DoctorConfig>((env, problems) =>
  optional('adminToken', readOptionalSecret(env, problems, 'GITHUB_ADMIN_TOKEN')),
);

/** All problems of several parts at once: `npm start` needs everything. */
export function readTogether<T extends Record<string, (env: Environment) => unknown>>(
  env: Environment,
  parts: T,
): { [Part in keyof T]: ReturnType<T[Part]> } {
  const problems: string[] = [];
  const read = Object.entries(parts).map(([name, part]) => {
    try {
      return [name, part(env)];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.message.split('\n').slice(1));
      return [name, undefined];
    }
  });
  if (problems.length > 0) throw errorOf([...new Set(problems)]);
  return Object.fromEntries(read);
}

/** A part of a configuration that is read with all of its problems. */
export function whole<T>(read: Read<T>): (env: Environment) => T {
  return (env) => {
    const problems: string[] = [];
    const config = read(env, problems);
    if (problems.length > 0) throw errorOf(problems.map((problem) => `  ${problem}`));
    return config;
  };
}

function errorOf(lines: string[]): ConfigurationError {
  return new ConfigurationError(
    [
      `Lockstep cannot start: ${lines.length} ${lines.length === 1 ? 'problem' : 'problems'} in its configuration`,
      ...lines,
    ].join('\n'),
  );
}

const COORDINATOR = { name: 'LOCKSTEP_COORDINATOR', like: REPOSITORY, expected: 'owner/name', needed: true };
const APP_ID = { name: 'GITHUB_APP_ID', like: /^[1-9]\d*$/, expected: "the App's number", needed: true };
const APP_SLUG = { name: 'GITHUB_APP_SLUG', like: /^[A-Za-z0-9][A-Za-z0-9-]*$/, expected: "the App's name in its URL" };
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const LOG_LEVEL = {
  name: 'LOCKSTEP_LOG_LEVEL',
  like: new RegExp(`^(${LOG_LEVELS.join('|')})$`),
  expected: `one of ${LOG_LEVELS.join(', ')}`,
};

function readCommon(env: Environment, problems: string[]): CommonConfig {
  const metricsListen = env.LOCKSTEP_METRICS_LISTEN?.trim()
    ? readListen(env, problems, { name: 'LOCKSTEP_METRICS_LISTEN', or: '' })
    : undefined;
  return {
    coordinator: readMatching(env, problems, COORDINATOR) ?? '',
    temporal: readTemporal(env, problems),
    dataDir: readDataDir(env, problems),
    logLevel: readMatching(env, problems, LOG_LEVEL) ?? 'info',
    ...(metricsListen && { metricsListen }),
    environment: env,
    ...optional('payloadKeys', readPayloadKeys(env, problems)),
    ...optional('workflowBundle', readWorkflowBundle(env, problems)),
  };
}

/** The URL is a secret: the problem does not show it. */
function readSlackUrl(env: Environment, problems: string[]): string | undefined {
  const url = env.SLACK_WEBHOOK_URL?.trim() || undefined;
  const fault = url && slackUrlFault({ url, allowLoopback: true });
  if (fault) problems.push(`SLACK_WEBHOOK_URL: ${fault}`);
  return url;
}

const DEFAULT_PUSH_LIFE_MS = 90_000;

/**
 * A push's own time limit follows from it, so it must leave one enough time; a GitHub on this machine answers faster. At most
 * what one attempt of an activity can wait out.
 */
function readPushLife(env: Environment, problems: string[]): number {
  const atLeast = SHORTEST_PUSH_LIFE_MS[isLoopbackUrl(env.GITHUB_SERVER_URL ?? '') ? 'here' : 'elsewhere'];
  const atMost = LONGEST_PUSH_LIFE_MS;
  return readMilliseconds(env, problems, { name: 'LOCKSTEP_PUSH_LIFE_MS', or: DEFAULT_PUSH_LIFE_MS, atLeast, atMost });
}

function optional<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: T });
}
