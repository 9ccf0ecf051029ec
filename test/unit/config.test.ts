import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import fc from 'fast-check';
import { readRoles } from '../../server/commandLine.ts';
import {
  ConfigurationError,
  type Environment,
  readControlConfig,
  readServerConfig,
  readTestsConfig,
  readTogether,
} from '../../server/config.ts';
import { LONGEST_PUSH_LIFE_MS, pushLimitMs } from '../../src/landing/push.ts';

let folder = '';
let keyFile = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-config-'));
  keyFile = join(folder, 'app.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs1', format: 'pem' }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const everything = (env: Environment) =>
  readTogether(env, { server: readServerConfig, control: readControlConfig, tests: readTestsConfig });

const problems = (env: Environment): string[] => {
  try {
    everything(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.split('\n').slice(1);
  }
};

const good = () => ({
  LOCKSTEP_COORDINATOR: 'acme/coordinator',
  GITHUB_APP_ID: '1',
  GITHUB_APP_PRIVATE_KEY_FILE: keyFile,
  GITHUB_WEBHOOK_SECRET: 'secret',
});

test('an empty environment: everything that is needed, each once', () => {
  expect(problems({})).toEqual([
    '  LOCKSTEP_COORDINATOR: is not set',
    '  GITHUB_WEBHOOK_SECRET_FILE: is not set (nor is GITHUB_WEBHOOK_SECRET)',
    '  GITHUB_APP_ID: is not set',
    '  GITHUB_APP_PRIVATE_KEY_FILE: is not set (nor is GITHUB_APP_PRIVATE_KEY)',
  ]);
});

test('the least that is needed serves, with GitHub and a sandbox by default', () => {
  const { server, control, tests } = everything(good());
  expect(server.listen).toEqual({ host: '127.0.0.1', port: 3000 });
  expect(control.github).toEqual({ apiUrl: 'https://api.github.com', serverUrl: 'https://github.com' });
  expect(tests.sandbox).toBe('bubblewrap');
});

const writeKey = (name: string, pem: string) => {
  const file = join(folder, name);
  writeFileSync(file, pem);
  return file;
};

/** Every variable of the contract with values that it cannot have; the problem names it, and its value unless that is a secret. */
const BAD: [name: string, values: string[], says: RegExp][] = [
  [
    'LOCKSTEP_COORDINATOR',
    ['acme', 'acme/a/b', 'acme/', '../x', 'https://github.com/acme/c'],
    /expected owner\/name, found/,
  ],
  [
    'LOCKSTEP_LISTEN',
    ['3000', 'localhost', 'localhost:70000', 'a b:80', '[::1:80', '::1:80', 'x:-1'],
    /expected host:port/,
  ],
  ['LOCKSTEP_METRICS_LISTEN', ['9090', 'host:port'], /expected host:port, found/],
  ['LOCKSTEP_PUBLIC_URL', ['lockstep.example', 'ftp://x', 'http://', 'https://x/?a=1'], /expected an/],
  ['LOCKSTEP_SANDBOX', ['docker', 'None'], /expected bubblewrap, bubblewrap-only or none, found/],
  ['LOCKSTEP_LOG_LEVEL', ['loud', 'INFO', 'infos'], /expected one of trace, debug/],
  ['LOCKSTEP_WORKFLOW_BUNDLE', ['/nonexistent/bundle.js'], /there is no file \/nonexistent/],
  ['LOCKSTEP_DATA_DIR', ['/dev/null', '/dev/null/below'], /expected a folder|cannot be written/],
  ['GITHUB_APP_ID', ['x', '0', '-1', '1e3', 'Iv1.abc', '12 34'], /expected the App's number, found/],
  ['GITHUB_APP_SLUG', ['my app', 'https://github.com/apps/x'], /expected the App's name in its URL, found/],
  ['GITHUB_API_URL', ['api.github.com', 'git@github.com'], /expected an http or https address/],
  ['GITHUB_SERVER_URL', ['github.com', 'file:///x'], /expected an http or https address/],
  ['GITHUB_WEBHOOK_SECRET_FILE', ['/nonexistent'], /cannot be read/],
  ['GITHUB_APP_PRIVATE_KEY_FILE', ['/nonexistent', '/etc/hostname'], /cannot be read|expected an RSA private key/],
  ['SLACK_WEBHOOK_URL', ['hooks', 'http://hooks.slack.com/x', 'https://10.0.0.1/x'], /the Slack webhook/],
  [
    'TEMPORAL_ADDRESS',
    ['localhost', 'http://localhost:7233', 'a b:1', 'x:99999', ':7233', 'x:0'],
    /expected host:port, found/,
  ],
  ['TEMPORAL_NAMESPACE', ['my namespace'], /expected a name without spaces, found/],
  ['TEMPORAL_UI_URL', ['localhost:8233'], /expected an http or https address, found/],
  ['TEMPORAL_TLS', ['maybe', 'yes'], /expected true or false, found/],
  ['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION', ['on'], /expected true or false, found/],
  ['TEMPORAL_CONFIG_FILE', ['/nonexistent.toml'], /there is no file \/nonexistent.toml/],
  [
    'LOCKSTEP_PUSH_LIFE_MS',
    ['30s', '14999', '0', '-1', '1e9', '2147483648'],
    /expected 15000 to 300000 milliseconds, found/,
  ],
  ['LOCKSTEP_KEEP_LOGS_DAYS', ['-1', '1.5', '30d', '100000'], /expected 0 to 99999 days, found/],
  ['LOCKSTEP_RENEW_MIRRORS_DAYS', ['soon', '1e1'], /expected 0 to 99999 days, found/],
  ...['LOCKSTEP_PUBLISH_MS', 'LOCKSTEP_REFRESH_MS', 'LOCKSTEP_RECONCILE_MS', 'LOCKSTEP_JANITOR_MS'].map(
    (name): (typeof BAD)[number] => [
      name,
      ['0', '1.5', '0x10', 'soon', '99999999999'],
      /expected 1 to \d+ milliseconds, found/,
    ],
  ),
];

test.each(BAD.flatMap(([name, values, says]) => values.map((value) => [name, value, says] as const)))(
  '%s cannot be %j',
  (name, value, says) => {
    const { GITHUB_WEBHOOK_SECRET: _, ...others } = good();
    const secret = name === 'GITHUB_WEBHOOK_SECRET_FILE' ? {} : { GITHUB_WEBHOOK_SECRET: 'secret' };
    const found = problems({ ...others, ...secret, [name]: value });
    expect(found).toEqual([expect.stringMatching(new RegExp(`^  ${name}: `))]);
    expect(found[0]).toMatch(says);
  },
);

test('what is set to nothing, as by a compose file, is not set', () => {
  const empty = Object.fromEntries(BAD.map(([name]) => [name, ' ']));
  expect(problems({ ...empty, ...good(), TEMPORAL_API_KEY: '' })).toEqual([]);
});

test('values at the edge are taken', () => {
  const { control, server } = everything({
    ...good(),
    LOCKSTEP_LISTEN: '[::1]:0',
    LOCKSTEP_PUSH_LIFE_MS: '15000',
    LOCKSTEP_JANITOR_MS: '2147483647',
    GITHUB_SERVER_URL: 'https://github.example/',
    TEMPORAL_ADDRESS: '[::1]:7233',
    TEMPORAL_TLS: 'false',
    LOCKSTEP_DATA_DIR: join(folder, 'not', 'there', 'yet'),
  });
  expect(server.listen).toEqual({ host: '::1', port: 0 });
  expect(control.github.serverUrl).toBe('https://github.example');
  expect(control.timings.pushLifeMs).toBe(15_000);
  expect(control.ages).toEqual({ keepLogsMs: 90 * 24 * 3_600_000, renewMirrorsMs: 30 * 24 * 3_600_000 });
  const always = { ...good(), LOCKSTEP_KEEP_LOGS_DAYS: '0', LOCKSTEP_RENEW_MIRRORS_DAYS: '0' };
  expect(everything(always).control.ages).toEqual({ keepLogsMs: 'forever', renewMirrorsMs: 'never' });
});

test('a push has its own limit within its longest life; a GitHub on this machine may be given less', () => {
  expect(pushLimitMs(everything(good()).control.timings.pushLifeMs)).toBe(60_000);
  const here = { ...good(), GITHUB_SERVER_URL: 'http://127.0.0.1:3999' };
  expect(problems({ ...here, LOCKSTEP_PUSH_LIFE_MS: '1500' })).toEqual([]);
  expect(problems({ ...here, LOCKSTEP_PUSH_LIFE_MS: '1499' })).toHaveLength(1);
  expect(problems({ ...good(), LOCKSTEP_PUSH_LIFE_MS: '300000' })).toEqual([]);
  expect(problems({ ...good(), LOCKSTEP_PUSH_LIFE_MS: '300001' })).toEqual([
    '  LOCKSTEP_PUSH_LIFE_MS: expected 15000 to 300000 milliseconds, found "300001"',
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1_500, max: LONGEST_PUSH_LIFE_MS }), (lifeMs) => {
      expect(lifeMs - pushLimitMs(lifeMs)).toBeGreaterThanOrEqual(lifeMs / 3);
      expect(pushLimitMs(lifeMs)).toBeGreaterThanOrEqual(1_000);
    }),
  );
});

test('certificates for Temporal are whole and readable', () => {
  const client = (part: string, where: string, value: string) => ({ [`TEMPORAL_TLS_CLIENT_${part}_${where}`]: value });
  const nonsense = writeKey('nonsense.pem', 'nonsense');
  expect(problems({ ...good(), ...client('CERT', 'DATA', 'x') })).toEqual([
    '  TEMPORAL_TLS_CLIENT_KEY_…: is not set, but its other half is',
  ]);
  const both = { ...client('CERT', 'PATH', nonsense), ...client('KEY', 'PATH', nonsense) };
  expect(problems({ ...good(), ...both })).toEqual([expect.stringContaining('TEMPORAL_TLS_…: expected certificates')]);
  expect(
    problems({ ...good(), ...client('CERT', 'PATH', '/nonexistent'), ...client('KEY', 'PATH', nonsense) }),
  ).toEqual([expect.stringContaining('/nonexistent')]);
  expect(problems({ ...good(), TEMPORAL_API_KEY: 'two\nlines' })).toEqual([
    expect.stringContaining('TEMPORAL_API_KEY: expected one word'),
  ]);
});

test('no secret is in a problem', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const found = problems({
    ...good(),
    GITHUB_APP_PRIVATE_KEY_FILE: writeKey('not-a-key.pem', 'hunter2'),
    SLACK_WEBHOOK_URL: 'http://hooks.slack.com/services/hunter2',
    GITHUB_API_URL: 'https://me:hunter2@github.example',
    LOCKSTEP_PUBLIC_URL: 'me:hunter2@lockstep.example',
    TEMPORAL_API_KEY: 'hunter2 hunter2',
  });
  expect(found).toHaveLength(5);
  expect(found.join('\n')).not.toContain('hunter2');
  const wrong = problems({ ...good(), GITHUB_APP_PRIVATE_KEY: pem });
  expect(wrong).toEqual([expect.stringContaining('GITHUB_APP_PRIVATE_KEY: expected an RSA private key')]);
});

describe('a worker’s command line', () => {
  const told = (argv: string[], env: Environment = good()) => {
    try {
      return Object.entries(readRoles(argv, env)).flatMap(([role, config]) => (config === undefined ? [] : [role]));
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return error.message.split('\n').slice(1);
    }
  };

  test.each([
    [[], ['control', 'tests']],
    [['--role', 'control'], ['control']],
  ])('%j runs %j', (argv, roles) => expect(told(argv)).toEqual(roles));

  test('a worker of one role needs only what that one needs', () => {
    expect(told(['--role=tests'], { LOCKSTEP_COORDINATOR: 'acme/c' })).toEqual(['tests']);
  });

  test.each([
    ['GITHUB_APP_PRIVATE_KEY', 'hunter2'],
    ['GITHUB_APP_PRIVATE_KEY_FILE', '/run/secrets/hunter2'],
    ['GITHUB_WEBHOOK_SECRET', 'hunter2'],
    ['SLACK_WEBHOOK_URL', 'https://hooks.slack.com/services/hunter2'],
    ['MY_OWN_KEY', '-----BEGIN RSA PRIVATE KEY-----\\nhunter2'],
  ])('a test worker that finds %s in its environment does not start', (name, value) => {
    const env = { LOCKSTEP_COORDINATOR: 'acme/c', [name]: value };
    const found = told(['--role', 'tests'], env);
    expect(found).toEqual([
      expect.stringContaining(`  ${name}: a test worker runs what anybody with push rights wrote`),
    ]);
    expect(found.join()).not.toContain('hunter2');
    expect(told(['--role', 'tests'], { ...env, [name]: ' ' })).toEqual(['tests']);
  });

  test('Temporal’s own key is none of them', () => {
    const TEMPORAL_TLS_CLIENT_KEY_DATA = readFileSync(keyFile, 'utf8');
    const found = told(['--role', 'tests'], { LOCKSTEP_COORDINATOR: 'acme/c', TEMPORAL_TLS_CLIENT_KEY_DATA });
    expect(found).toEqual([expect.stringContaining('TEMPORAL_TLS_CLIENT_CERT_')]);
  });

  test.each([
    [['--role', 'nope'], '--role: expected control or tests, found "nope"'],
    [['--role', 'toString'], '--role: expected control or tests, found "toString"'],
    [['--role'], "option '--role <role>' argument missing"],
    [['--rolle', 'control'], '"--rolle": expected nothing but --role control or --role tests'],
  ])('%j is told, with everything else that is wrong', (argv, says) => {
    const found = told(argv, { ...good(), GITHUB_APP_ID: 'x', LOCKSTEP_SANDBOX: 'docker' });
    expect(found[0]).toBe(`  ${says}`);
    expect(found).toContainEqual(expect.stringContaining('GITHUB_APP_ID'));
    expect(found).toContainEqual(expect.stringContaining('LOCKSTEP_SANDBOX'));
  });

  test('the process says it and exits with 78; help is no error', async () => {
    const run = (...argv: string[]) =>
      execa(process.execPath, ['--import', 'tsx', 'server/worker.ts', ...argv], {
        reject: false,
        extendEnv: false,
        env: { PATH: process.env.PATH, GITHUB_APP_ID: 'x' },
      });
    const [bad, help] = await Promise.all([run('--role', 'nope'), run('--help')]);
    expect(bad.exitCode).toBe(78);
    for (const name of ['--role', 'GITHUB_APP_ID', 'LOCKSTEP_COORDINATOR']) expect(bad.stderr).toContain(`  ${name}: `);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('--role <role>');
  }, 60_000);
});
