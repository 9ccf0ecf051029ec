/** Environment → configuration; every missing or bad value at once (CONTRACT, Environment). The one home of `process.env`. */
import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { slackUrlFault } from '../activities/notify/slack.ts';
import { REPOSITORY } from '../src/manifest/names.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** sysexits.h EX_CONFIG. */
export const EXIT_CONFIGURATION = 78;

export interface CommonConfig {
  coordinator: string;
  temporal: ReturnType<typeof loadClientConnectConfig>;
  dataDir: string;
  logLevel: string;
  /** Where a worker answers `/metrics`; the server does so on its own address. */
  metricsListen?: Listen;
  /** Where git and other programs take PATH, proxies and certificates from. */
  environment: Environment;
  /** A workflow bundle made before, so that a start need not wait for webpack. */
  workflowBundle?: string;
}

export interface Listen {
  host: string;
  port: number;
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
}

export interface TestsConfig extends CommonConfig {
  sandbox: 'bubblewrap' | 'none';
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
  ...(env.GITHUB_APP_SLUG && { appSlug: env.GITHUB_APP_SLUG }),
  reconcileEveryMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_RECONCILE_MS', or: 5 * 60_000 }),
  janitorEveryMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_JANITOR_MS', or: 15 * 60_000 }),
}));

export const readControlConfig = whole<ControlConfig>((env, problems) => ({
  ...readCommon(env, problems),
  app: {
    id: required(env, problems, 'GITHUB_APP_ID'),
    privateKey: readPrivateKey(env, problems),
  },
  github: {
    apiUrl: readUrl(env, problems, 'GITHUB_API_URL') ?? 'https://api.github.com',
    serverUrl: readUrl(env, problems, 'GITHUB_SERVER_URL') ?? 'https://github.com',
  },
  ...optional('publicUrl', readUrl(env, problems, 'LOCKSTEP_PUBLIC_URL')),
  ...optional('temporalUiUrl', readUrl(env, problems, 'TEMPORAL_UI_URL')),
  ...optional('slackWebhookUrl', readSlackUrl(env, problems)),
  timings: {
    pushLifeMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_PUSH_LIFE_MS', or: 30_000 }),
    publishEveryMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_PUBLISH_MS', or: 15_000 }),
    refreshEveryMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_REFRESH_MS', or: 60_000 }),
  },
}));

export const readTestsConfig = whole<TestsConfig>((env, problems) => {
  const sandbox = env.LOCKSTEP_SANDBOX ?? 'bubblewrap';
  if (sandbox !== 'bubblewrap' && sandbox !== 'none') {
    problems.push(`LOCKSTEP_SANDBOX: expected bubblewrap or none, found ${JSON.stringify(sandbox)}`);
  }
  return { ...readCommon(env, problems), sandbox: sandbox === 'none' ? 'none' : 'bubblewrap' };
});

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

function whole<T>(read: Read<T>): (env: Environment) => T {
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
      `Lockstep cannot start: ${lines.length} ${lines.length === 1 ? 'problem' : 'problems'} in its environment`,
      ...lines,
    ].join('\n'),
  );
}

function readCommon(env: Environment, problems: string[]): CommonConfig {
  const coordinator = required(env, problems, 'LOCKSTEP_COORDINATOR');
  if (coordinator !== '' && !REPOSITORY.test(coordinator)) {
    problems.push(`LOCKSTEP_COORDINATOR: expected owner/name, found ${JSON.stringify(coordinator)}`);
  }
  const metricsListen = env.LOCKSTEP_METRICS_LISTEN
    ? readListen(env, problems, { name: 'LOCKSTEP_METRICS_LISTEN', or: '' })
    : undefined;
  return {
    coordinator,
    temporal: readTemporal(env, problems),
    dataDir: resolve(env.LOCKSTEP_DATA_DIR || '.lockstep'),
    logLevel: readLogLevel(env, problems),
    ...(metricsListen && { metricsListen }),
    environment: env,
    ...optional('workflowBundle', readWorkflowBundle(env, problems)),
  };
}

function readTemporal(env: Environment, problems: string[]): CommonConfig['temporal'] {
  try {
    const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
  } catch (error) {
    problems.push(`TEMPORAL_…: ${error instanceof Error ? error.message : String(error)}`);
    return { connectionOptions: {} };
  }
}

function required(env: Environment, problems: string[], name: string): string {
  const value = env[name]?.trim();
  if (!value) problems.push(`${name}: is not set`);
  return value ?? '';
}

/** The value itself, or the file that `<name>_FILE` names. */
function readSecret(env: Environment, problems: string[], name: string): string {
  const value = env[name];
  const file = env[`${name}_FILE`];
  if (value) return value.replaceAll('\\n', '\n');
  if (!file) {
    problems.push(`${name}_FILE: is not set (nor is ${name})`);
    return '';
  }
  try {
    const content = readFileSync(file, 'utf8').trim();
    if (content === '') problems.push(`${name}_FILE: ${file} is empty`);
    return content;
  } catch (error) {
    problems.push(`${name}_FILE: ${file} cannot be read (${error instanceof Error ? error.message : String(error)})`);
    return '';
  }
}

/** What GitHub gives is PEM; anything else would be found out only at the first call. */
function readPrivateKey(env: Environment, problems: string[]): string {
  const key = readSecret(env, problems, 'GITHUB_APP_PRIVATE_KEY');
  try {
    if (key !== '') createPrivateKey(key);
  } catch {
    const name = env.GITHUB_APP_PRIVATE_KEY ? 'GITHUB_APP_PRIVATE_KEY' : 'GITHUB_APP_PRIVATE_KEY_FILE';
    problems.push(`${name}: expected a private key in PEM form, found something else`);
  }
  return key;
}

/** The URL is a secret: the problem does not show it. */
function readSlackUrl(env: Environment, problems: string[]): string | undefined {
  const url = env.SLACK_WEBHOOK_URL || undefined;
  const fault = url && slackUrlFault({ url, allowLoopback: true });
  if (fault) problems.push(`SLACK_WEBHOOK_URL: ${fault}`);
  return url;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

function readLogLevel(env: Environment, problems: string[]): string {
  const level = env.LOCKSTEP_LOG_LEVEL || 'info';
  if (!LOG_LEVELS.includes(level)) {
    problems.push(`LOCKSTEP_LOG_LEVEL: expected one of ${LOG_LEVELS.join(', ')}, found ${JSON.stringify(level)}`);
  }
  return level;
}

function readWorkflowBundle(env: Environment, problems: string[]): string | undefined {
  const file = env.LOCKSTEP_WORKFLOW_BUNDLE || undefined;
  if (file !== undefined && !existsSync(file)) problems.push(`LOCKSTEP_WORKFLOW_BUNDLE: there is no file ${file}`);
  return file;
}

function readUrl(env: Environment, problems: string[], name: string): string | undefined {
  const value = env[name];
  if (!value) return undefined;
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
    problems.push(`${name}: expected an http or https address, found ${JSON.stringify(value)}`);
  }
  return value.replace(/\/+$/, '');
}

function readListen(env: Environment, problems: string[], of: { name: string; or: string }): Listen {
  const value = env[of.name] || of.or;
  const match = /^(.*):(\d{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (!match || port > 65535) {
    problems.push(`${of.name}: expected host:port, found ${JSON.stringify(value)}`);
    return { host: '127.0.0.1', port: 0 };
  }
  return { host: match[1]?.replace(/^\[|\]$/g, '') || '0.0.0.0', port };
}

function readMilliseconds(env: Environment, problems: string[], of: { name: string; or: number }): number {
  const value = env[of.name];
  if (value === undefined || value === '') return of.or;
  const ms = Number(value);
  if (!Number.isSafeInteger(ms) || ms <= 0)
    problems.push(`${of.name}: expected milliseconds, found ${JSON.stringify(value)}`);
  return ms;
}

function optional<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: T });
}
