/** Fault runs as values: which there are, and that a seed gives the same again. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { disagreements, type Shown } from '../../faults/check/agreement.ts';
import { POINTS, pointName } from '../../faults/points.ts';
import { isOf, readRequest } from '../../faults/requests.ts';
import { pointRuns, runsOf } from '../../faults/runs.ts';

describe('the runs', () => {
  test('there are 78 points, each with a name of its own', () => {
    expect(new Set(POINTS.map(pointName)).size).toBe(78);
  });

  test('a seed gives the same faults again, another seed others', () => {
    const faults = (seed: number) => runsOf(seed).map((run) => run.faults);
    expect(faults(7)).toEqual(faults(7));
    expect(faults(7)).not.toEqual(faults(8));
  });

  test('the first seed meets the first occurrence of each point', () => {
    expect(pointRuns(1).flatMap(({ faults }) => faults.map(({ nth }) => nth))).toEqual(POINTS.map(() => 1));
  });

  test('no two runs of a seed have the same name', () => {
    const names = runsOf(1).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a request is known by its bytes', () => {
  const old = 'a'.repeat(40);
  const now = 'b'.repeat(40);
  const none = '0'.repeat(40);
  const push = (from: string, to: string, ref: string) => {
    const line = `${from} ${to} ${ref}\0 report-status\n`;
    const body = Buffer.from(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000PACK…`);
    return readRequest('POST', '/acme/api.git/git-receive-pack', { body });
  };
  const upload = (command: string) => Buffer.from(`0014command=${command}\n0000`);

  test.each([
    ['land push', push(old, now, 'refs/heads/main')],
    ['stage push', push(none, now, 'refs/heads/lockstep/1/one')],
    ['staging delete', push(now, none, 'refs/heads/lockstep/1/one')],
    ['resolve', readRequest('POST', '/acme/api.git/git-upload-pack', { body: upload('ls-refs') })],
    [
      'fetch',
      readRequest('POST', '/acme/api.git/git-upload-pack', { body: gzipSync(upload('fetch')), encoding: 'gzip' }),
    ],
    ['comment', readRequest('PATCH', '/api/v3/repos/acme/api/issues/comments/7', { body: Buffer.from('{}') })],
    ['check', readRequest('POST', '/api/v3/repos/acme/api/check-runs', { body: Buffer.from('{}') })],
    ['manifest merge', readRequest('PUT', '/api/v3/repos/acme/api/pulls/1/merge', { body: Buffer.from('{}') })],
  ] as const)('%s', (effect, request) => {
    const effects = [
      'land push',
      'stage push',
      'staging delete',
      'resolve',
      'fetch',
      'comment',
      'check',
      'manifest merge',
    ] as const;
    expect(effects.filter((one) => isOf({ effect: one, repository: 'acme/api' }, request))).toEqual([effect]);
    expect(isOf({ effect, repository: 'acme/web' }, request)).toBe(false);
  });

  test('a push asks for the refs before it changes them', () => {
    const discovery = (service: string) =>
      readRequest('GET', `/acme/api.git/info/refs?service=${service}`, { body: Buffer.alloc(0) });
    expect(discovery('git-receive-pack')).toMatchObject({ kind: 'discovery', repository: 'acme/api' });
    expect(discovery('git-upload-pack').kind).toBe('other');
  });

  test('a read is no comment and no check', () => {
    const read = readRequest('GET', '/api/v3/repos/acme/api/issues/1/comments', { body: Buffer.alloc(0) });
    expect(isOf({ effect: 'comment' }, read)).toBe(false);
  });
});

describe('what people are told in different places', () => {
  const shown: Shown = {
    pullRequest: 1,
    branch: 'change',
    merged: true,
    statuses: [
      { name: 'one', status: 'success' },
      { name: 'two', status: 'failed' },
    ],
    comments: ['<!-- lockstep {"version":1} -->\n| ✅ landed | `one` | a |\n| ↩️ rolled back | `two` | a |'],
    conclusion: 'neutral',
  };

  test('agrees', () => {
    expect(disagreements(shown)).toEqual([]);
  });

  test.each<[string, Partial<Shown>]>([
    [
      '#1: the manifest says failed of one, the comment says ✅ landed',
      { statuses: [{ name: 'one', status: 'failed' }] },
    ],
    [
      '#1: the manifest says success of gone, the comment says nothing',
      { statuses: [{ name: 'gone', status: 'success' }] },
    ],
    ['#1: expected its check to be neutral, found success', { conclusion: 'success' }],
    [
      '#1 has the comment <!-- lockstep one --> more than once',
      { comments: [...shown.comments, '<!-- lockstep one -->\na', '<!-- lockstep one -->\nb'] },
    ],
  ])('%s', (sentence, change) => {
    expect(disagreements({ ...shown, ...change })).toContain(sentence);
  });
});
