/** The server, the control worker and the test worker, each as a Unix user of its own with its own secrets alone (HOSTILE). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Service } from '../support/service.ts';
import { CAN_BE_OTHERS, type Identities, ROLES, type Role } from '../support/world/identities.ts';
import { createWorld, manifest, type World } from '../support/world.ts';

const asOthers = CAN_BE_OTHERS ? describe : describe.skip;

asOthers('three Unix users', () => {
  let world: World;
  let identities: Identities;
  let services: Record<Role, Service>;

  beforeAll(async () => {
    world = await createWorld({
      members: ['acme/api'],
      asOthers: true,
      workers: false,
      env: { LOCKSTEP_SANDBOX: process.env.LOCKSTEP_TEST_SANDBOX === 'none' ? 'none' : 'bubblewrap-only' },
    });
    if (world.identities === undefined) throw new Error('expected identities');
    identities = world.identities;
    services = { server: world.server, ...(await world.startWorkers()) };
  }, 300_000);
  afterAll(() => world?.stop());

  const owner = async ({ pid }: Service) => /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];

  test('do together what Lockstep does: a changeset lands, another is red, and its log can be read', async () => {
    for (const role of ROLES) expect([role, await owner(services[role])]).toEqual([role, `${identities.uidOf(role)}`]);
    const head = await world.branch('acme/api', 'feature/green', { 'green.txt': '1\n' });
    const green = await world.submit(manifest({ name: 'green', on: { 'acme/api': 'feature/green' } }));
    await world.whenMerged(green);
    expect(await world.landed('acme/api', head)).toBe(true);
    await world.branch('acme/api', 'feature/red', { broken: 'the price is negative\n' });
    const red = await world.submit(manifest({ name: 'red', on: { 'acme/api': 'feature/red' } }));
    await world.whenMerged(red);
    const [comment] = await world.failureComments(red);
    const log = /http:\/\/127\.0\.0\.1:\d+\/logs\/[^)\s]+/.exec(comment ?? '')?.[0] ?? '';
    expect(await (await fetch(log)).text()).toContain('the price is negative');
  }, 300_000);

  test('cannot read what is another’s: secrets, environments, memory', async () => {
    const [key, secret] = [join(world.folder, 'app.pem'), join(world.folder, 'webhook-secret')];
    const reads: [string, string[], Role][] = [
      ['the App’s key', ['cat', key], 'control'],
      ['the webhook secret', ['cat', secret], 'server'],
      ...ROLES.flatMap((role): [string, string[], Role][] => [
        [`the environment of ${role}`, ['cat', `/proc/${services[role].pid}/environ`], role],
        [`the open files of ${role}`, ['ls', `/proc/${services[role].pid}/fd/`], role],
        [`a signal to ${role}`, ['kill', '-0', `${services[role].pid}`], role],
      ]),
      ['the workspaces', ['ls', join(world.folder, 'data', 'workspaces')], 'tests'],
      ['making a mirror', ['touch', join(world.folder, 'data', 'mirrors', 'x')], 'control'],
      [
        'taking the mirrors away',
        ['mv', join(world.folder, 'data', 'mirrors'), join(world.folder, 'data', 'm')],
        'control',
      ],
    ];
    for (const [what, command, whose] of reads.slice(0, -1)) {
      for (const role of ROLES) {
        const { code, output } = await identities.run(role, command);
        expect([what, role, code === 0, output]).toEqual([what, role, role === whose, expect.anything()]);
      }
    }
    for (const role of ['server', 'tests'] as const) {
      const [, command] = reads.at(-1) ?? [];
      expect((await identities.run(role, command ?? [])).output).toMatch(/not permitted|denied/);
    }
  }, 300_000);

  test('hold nothing of another’s in their environment', async () => {
    const names = async (role: Role) => {
      const text = await readFile(`/proc/${services[role].pid}/environ`, 'utf8');
      expect(text).not.toContain(world.secret);
      return text
        .split('\0')
        .map((line) => line.split('=')[0] ?? '')
        .filter((name) => /KEY|SECRET|TOKEN|SLACK/.test(name));
    };
    expect(await names('server')).toEqual(['GITHUB_WEBHOOK_SECRET_FILE']);
    expect(await names('control')).toEqual(['GITHUB_APP_PRIVATE_KEY_FILE']);
    expect(await names('tests')).toEqual([]);
  });
});
