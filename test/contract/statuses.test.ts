/** Statuses on a real coordinator repository: whose words they are, and what a force-push does to them. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlDeps } from '../../activities/deps.ts';
import { createGit } from '../../activities/git/createGit.ts';
import { createFakeForge } from '../../activities/github/fake.ts';
import { makeStatusCommit } from '../../activities/manifest/ownCommits.ts';
import { parserInProcess } from '../../activities/manifest/parser/inProcess.ts';
import { readPlanPart } from '../../activities/manifest/planPart.ts';
import { readPlan } from '../../activities/manifest/readPlan.ts';
import { mergeManifest, readPullRequestNow, writeStatus } from '../../activities/manifest/status.ts';
import { changesetWorkflowId, type Outcome, type Status } from '../../src/changeset.ts';
import { UnreadableText } from '../../src/manifest/texts.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { alive, type TestRemote, type TestRoot, testRoot } from '../support/repositories.ts';
import { manifest } from '../support/world.ts';

const COORDINATOR = 'acme/coordinator';
const PATH = 'changesets/x.yaml';
const CONFIGURED = {
  'lockstep.yaml': 'repositories: [acme/api, acme/web]\n',
  'scripts/run_integration_tests.sh': { mode: '100755', content: '#!/bin/sh\n' },
};

let root: TestRoot;
let remote: TestRemote;
let deps: ControlDeps;
let ends: Map<string, Outcome>;
let main: string;
let first: string;

/** Entries `a` on api and `b` on web, with branches named so unless said otherwise. */
const text = (branches: Record<string, string> = {}, statuses: Record<string, Status> = {}) =>
  manifest(
    ...Object.entries({ a: 'acme/api', b: 'acme/web' }).map(([name, repository]) => ({
      name,
      on: { [repository]: branches[name] ?? name },
      ...(statuses[name] && { status: statuses[name] }),
    })),
  );
const push = (content: string, ...parents: string[]) =>
  remote.commit({ ...CONFIGURED, [PATH]: content }, { parents, branch: 'change' });
const head = () => remote.git('rev-parse', 'change');
const at = (commit = head()) => `${remote.git('show', `${commit}:${PATH}`)}\n`;

beforeEach(async () => {
  root = testRoot();
  remote = root.remote(COORDINATOR);
  main = remote.commit(CONFIGURED, { branch: 'main' });
  first = push(text(), main);
  const forge = createFakeForge({ coordinator: COORDINATOR });
  forge.state.pulls.push({
    repository: COORDINATOR,
    headRepository: COORDINATOR,
    number: 12,
    title: 'Change',
    url: 'https://github.test/acme/coordinator/pull/12',
    state: 'open',
    draft: false,
    head: first,
    headBranch: 'change',
    baseBranch: 'main',
    author: 'ann',
    files: [],
  });
  ends = new Map();
  deps = {
    coordinator: COORDINATOR,
    git: createGit({
      dataDir: `${root.dir}/data`,
      remoteUrl: (repository) => `file://${root.dir}/remotes/${repository}.git`,
      protocols: ['file'],
    }),
    forge,
    parser: parserInProcess,
    settings: { pushLifeMs: 0, publishEveryMs: 0, refreshEveryMs: 1000, serverUrl: 'https://github.com' },
    workflows: {
      changesetEnd: async (workflowId) => {
        const outcome = ends.get(workflowId);
        return outcome && { kind: 'completed', outcome };
      },
    } as Partial<ControlDeps['workflows']> as ControlDeps['workflows'],
    live: alive,
  } as Partial<ControlDeps> as ControlDeps;
});
afterEach(() => root.remove());

const id = (name: string) => ({ coordinator: COORDINATOR, pullRequest: 12, name });
const write = (name: string, status: Status, about: { tip: string; ended: Record<string, Status> }) =>
  writeStatus(deps, {
    id: id(name),
    manifest: PATH,
    status,
    pinned: first,
    tip: about.tip,
    ended: Object.entries(about.ended).map(([one, its]) => ({ name: one, status: its })),
  });

async function planned(lastStatus?: string): Promise<Plan> {
  const read = await readPlan(deps, { pullRequest: 12, ...(lastStatus !== undefined && { handedOn: { lastStatus } }) });
  if (read.kind !== 'ready') throw new Error(`expected a plan, found ${read.kind}: ${JSON.stringify(comments())}`);
  return read.plan;
}

/** What the pull request is told, where a plan cannot be made. */
async function refused(lastStatus?: string): Promise<string> {
  expect(
    await readPlan(deps, { pullRequest: 12, ...(lastStatus !== undefined && { handedOn: { lastStatus } }) }),
  ).toEqual({
    kind: 'invalid',
  });
  return comments().join('\n');
}

const comments = () =>
  ('state' in deps.forge ? (deps.forge as ReturnType<typeof createFakeForge>).state.comments : []).map(
    ({ body }) => body,
  );
const names = (plan: Plan) => plan.changesets.map(({ name }) => name);

describe('F46: a text that ends its parser', () => {
  const ends = async (): Promise<never> => {
    throw new UnreadableText('it ended its parser 3 times (no answer within 10 s)');
  };

  it('is no plan, for good: the pull request is told so', async () => {
    deps.parser = { ...parserInProcess, readManifest: ends };
    expect(await refused()).toContain(
      'the file cannot be read: it ended its parser 3 times (no answer within 10 s). Write it in a simpler form',
    );
  });

  it('is told so too where it is lockstep.yaml, by its name', async () => {
    deps.parser = { ...parserInProcess, readConfiguration: ends };
    expect(await refused()).toContain('`lockstep.yaml:1:1` the file cannot be read: it ended its parser 3 times');
  });

  it('is left alone when somebody pushes it while changesets run: no status is written on it', async () => {
    const pushed = push(text({ b: 'other' }), first);
    deps.parser = { ...parserInProcess, statusesIn: ends };
    expect(await write('a', 'success', { tip: first, ended: {} })).toEqual({
      kind: 'moved',
      head: pushed,
      written: false,
    });
    expect(head()).toBe(pushed);
  });
});

describe('a force-push that drops the bot’s status commit', () => {
  it('leaves what has ended ended: it is to be written back, and the rest is planned', async () => {
    const written = await write('a', 'failed', { tip: first, ended: { a: 'failed' } });
    const status = head();
    expect(written).toEqual({ kind: 'written', tip: status });
    push(text(), main);
    expect(await planned(status)).toMatchObject({
      changesets: [{ name: 'b' }],
      final: [{ name: 'a', status: 'failed' }],
      dropped: [{ name: 'a', status: 'failed' }],
    });
    // What nobody handed on cannot be known.
    expect(names(await planned())).toEqual(['a', 'b']);
  });

  it('is told from a commit on top that removes the status, which asks for a new attempt', async () => {
    await write('a', 'failed', { tip: first, ended: { a: 'failed' } });
    const status = head();
    push(text(), status);
    expect(await planned(status)).toMatchObject({ changesets: [{ name: 'a' }, { name: 'b' }], final: [], dropped: [] });
  });

  it('F23: while a landing goes on is answered with every status that this run knows, on the new head', async () => {
    await write('a', 'skipped', { tip: first, ended: { a: 'skipped' } });
    const status = head();
    const persons = push(text({}, {}).replace('# made', '# pushed'), main);
    const written = await write('b', 'success', { tip: status, ended: { a: 'skipped', b: 'success' } });
    expect(written).toEqual({ kind: 'moved', head: head(), written: true });
    expect(remote.git('rev-parse', 'change~2')).toBe(persons);
    expect(at()).toBe(text({}, { a: 'skipped', b: 'success' }).replace('# made', '# pushed'));
  });

  it('that changed an entry gets no status there: it is another entry', async () => {
    const persons = push(text({ b: 'other' }), main);
    const written = await write('b', 'failed', { tip: first, ended: { b: 'failed' } });
    expect(written).toEqual({ kind: 'moved', head: persons, written: false });
    // Also for a changeset that ends later, when the run knows the new head already.
    expect(await write('b', 'failed', { tip: persons, ended: { b: 'failed' } })).toMatchObject({ written: false });
    expect(head()).toBe(persons);
  });
});

it('a parser that does not start says nothing of a push: the look fails, and is made again', async () => {
  const written = await write('b', 'success', { tip: first, ended: { b: 'success' } });
  expect(written).toMatchObject({ kind: 'written' });
  const look = { pullRequest: 12, tip: first, ended: [{ name: 'b', status: 'success' as const }] };
  const broken = { ...parserInProcess, writeStatus: () => Promise.reject(new Error('no process')) };
  await expect(readPullRequestNow({ ...deps, parser: broken }, look)).rejects.toThrow('no process');
  expect(await readPullRequestNow(deps, look)).toMatchObject({ moved: 'own' });
});

describe('a status that a person wrote', () => {
  /** The very commit that the bot would make. */
  async function forge(name: string, status: Status): Promise<string> {
    await deps.git.fetch(COORDINATOR, [head()], alive());
    const commit = await makeStatusCommit(deps, { parent: head(), manifest: PATH, pullRequest: 12, name, status });
    await deps.git.push({ repository: COORDINATOR, ref: 'refs/heads/change', commit, expected: head() }, alive());
    return commit;
  }

  it('is refused though its commit is the same as the bot’s', async () => {
    await forge('b', 'success');
    expect(await refused()).toContain('status success was not written by Lockstep: remove the line');
    expect(await refused(first)).toContain('was not written by Lockstep');
  });

  it('is accepted when the changeset’s own workflow came to it: its pipeline was ended by hand', async () => {
    await forge('b', 'success');
    ends.set(changesetWorkflowId(id('b')), { kind: 'landed', members: [] });
    expect(await planned()).toMatchObject({ changesets: [{ name: 'a' }], final: [{ name: 'b', status: 'success' }] });
    ends.set(changesetWorkflowId(id('b')), { kind: 'skipped', by: 'ann', reason: 'no' });
    expect(await refused()).toContain('was not written by Lockstep');
  });

  it('during a run is a push like any other, and is no foundation for the bot’s own', async () => {
    const forged = await forge('b', 'success');
    const look = { pullRequest: 12, tip: first };
    expect(await readPullRequestNow(deps, { ...look, ended: [] })).toMatchObject({ moved: 'person' });
    expect(await readPullRequestNow(deps, { ...look, ended: [{ name: 'b', status: 'success' }] })).toMatchObject({
      moved: 'own',
    });
    expect(await write('a', 'failed', { tip: first, ended: { a: 'failed' } })).toEqual({
      kind: 'moved',
      head: forged,
      written: false,
    });
  });

  it('is not merged: only the head that this run knows is', async () => {
    await forge('b', 'success');
    const pull = (deps.forge as ReturnType<typeof createFakeForge>).state.pulls[0];
    if (pull) pull.head = head();
    expect(await mergeManifest(deps, { pullRequest: 12, tip: first, ended: [], landed: [] })).toEqual({
      kind: 'moved',
    });
  });
});

it('a withdrawn head is not run again, whatever comes; another head is', async () => {
  const request = { pullRequest: 12, handedOn: { withdrawn: { heads: [first] } } };
  expect(await readPlan(deps, request)).toEqual({ kind: 'ignored', why: 'withdrawn', head: first });
  const anyHead = { pullRequest: 12, handedOn: { withdrawn: {} } };
  expect(await readPlan(deps, anyHead)).toEqual({ kind: 'ignored', why: 'withdrawn', head: first });
  push(text({ a: 'other' }), first);
  expect(await readPlan(deps, request)).toMatchObject({ kind: 'ready' });
});

it('a status that was right until an operator finished what stood is written anew', async () => {
  const known = [{ name: 'a', status: 'failed' as const }];
  const request = { id: { coordinator: COORDINATOR, pullRequest: 12, name: 'a' }, manifest: PATH, pinned: first };
  const failed = await writeStatus(deps, { ...request, status: 'failed', tip: first, ended: known });
  if (failed.kind !== 'written') throw new Error(failed.kind);
  const ended = [...known, { name: 'a', status: 'success' as const }];
  const landed = await writeStatus(deps, { ...request, status: 'success', tip: failed.tip, ended });
  expect(landed).toEqual({ kind: 'written', tip: head() });
  expect(at()).toBe(text({}, { a: 'success' }));
  expect(await readPullRequestNow(deps, { pullRequest: 12, tip: first, ended })).toMatchObject({ moved: 'own' });
});

it('F21: a status whose reply was lost is found and not written twice', async () => {
  const about = { tip: first, ended: { a: 'failed' as const } };
  const once = await write('a', 'failed', about);
  expect(await write('a', 'failed', about)).toEqual(once);
  expect(remote.git('rev-list', '--count', `${first}..change`)).toBe('1');
});

describe('a plan that is too long for one result', () => {
  /** Random, so that nothing can be made of it by compression. */
  const name = (length: number) => `x${randomBytes(length).toString('hex')}`;
  /** As many as a manifest may have. */
  const long = () =>
    manifest(
      ...Array.from({ length: 100 }, () => ({
        name: name(10),
        on: { 'acme/api': name(70), 'acme/web': name(70) },
      })),
    );
  const part = (plan: Plan, from: number) => {
    const { head: pinned, dropped } = plan;
    return readPlanPart(deps, { pullRequest: 12, at: { head: pinned, manifest: PATH, dropped, main }, from });
  };

  it('comes in parts below 8 KB, which are the whole of it', async () => {
    push(long(), main);
    const read = await readPlan(deps, { pullRequest: 12 });
    if (read.kind !== 'ready') throw new Error(comments().join());
    const sizes = [JSON.stringify(read).length];
    const names = read.plan.changesets.map((one) => one.name);
    for (let rest = read.rest?.count ?? 0; rest > 0; ) {
      const next = await part(read.plan, names.length);
      if (next === 'gone') throw new Error('expected a part');
      sizes.push(JSON.stringify(next).length);
      names.push(...next.changesets.map((one) => one.name));
      rest = next.rest;
    }
    expect(read.rest?.main).toBe(main);
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8 * 1024);
    const entries = [...at().matchAll(/- name: (x\w+)\n {4}repositories/g)].map(([, one]) => one);
    expect(entries).toHaveLength(100);
    expect(names).toEqual(entries);
  });

  it('keeps what had ended out of every part', async () => {
    const plan = await planned();
    expect(await part(plan, 1)).toMatchObject({ changesets: [{ name: 'b' }], rest: 0 });
    expect(await part({ ...plan, dropped: [{ name: 'a', status: 'failed' }] }, 0)).toMatchObject({
      changesets: [{ name: 'b' }],
      rest: 0,
    });
  });

  it('of a head that nobody has any more is to be read anew', async () => {
    expect(await part({ ...(await planned()), head: '1'.repeat(40) }, 0)).toBe('gone');
  });
});
