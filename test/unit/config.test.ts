import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  ConfigurationError,
  type Environment,
  readControlConfig,
  readServerConfig,
  readTestsConfig,
  readTogether,
} from '../../server/config.ts';

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

test('bad values are all told before anything starts, and no secret with them', () => {
  const notAKey = join(folder, 'not-a-key');
  writeFileSync(notAKey, 'hunter2');
  const found = problems({
    ...good(),
    GITHUB_APP_PRIVATE_KEY_FILE: notAKey,
    SLACK_WEBHOOK_URL: 'http://hooks.slack.com/services/hunter2',
    LOCKSTEP_LOG_LEVEL: 'loud',
    LOCKSTEP_WORKFLOW_BUNDLE: join(folder, 'missing.js'),
    LOCKSTEP_PUSH_LIFE_MS: '30s',
  });
  expect(found.map((line) => line.trim().split(':')[0]).toSorted()).toEqual([
    'GITHUB_APP_PRIVATE_KEY_FILE',
    'LOCKSTEP_LOG_LEVEL',
    'LOCKSTEP_PUSH_LIFE_MS',
    'LOCKSTEP_WORKFLOW_BUNDLE',
    'SLACK_WEBHOOK_URL',
  ]);
  expect(found.join('\n')).not.toContain('hunter2');
});
