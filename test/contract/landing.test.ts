/** The landing's activities on real repositories: what an earlier landing left behind, and what answers are worth. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlDeps, TestDeps } from '../../activities/deps.ts';
import { createGit } from '../../activities/git/createGit.ts';
import { GitError } from '../../activities/git/errors.ts';
import { cleanUp, land, revert, stage } from '../../activities/landing/land.ts';
import { prepare } from '../../activities/landing/prepare.ts';
import { recheck } from '../../activities/landing/recheck.ts';
import { survey } from '../../activities/landing/standing.ts';
import { runTests } from '../../activities/tests/runTests.ts';
import { testedCommit, UNKNOWN_COMMIT, type Vector } from '../../src/changeset.ts';
import { whole } from '../../src/landing/halfLanding.ts';
import type { Prepared } from '../../src/landing/steps.ts';
import { USUAL_BOUNDS } from '../../src/limits.ts';
import type { TestRoot } from '../support/repositories.ts';
import { TWO_MEMBERS, twoMembers } from '../support/twoMembers.ts';

const COORDINATOR = 'acme/coordinator';
const id = { coordinator: COORDINATOR, pullRequest: 12, name: 'checkout' };
const members = TWO_MEMBERS;
const changeset = { name: 'checkout', priority: 0, approval: 'none' as const, members, line: 1, after: [] };

let root: TestRoot;
let remotes: ReturnType<typeof twoMembers>['remotes'];
let deps: ControlDeps;
let waited: number[];

beforeEach(() => {
  ({ root, remotes, deps, waited } = twoMembers());
});
afterEach(() => root.remove());

const prepared = (finishing?: Vector) =>
  prepare(deps, {
    id,
    changeset,
    author: 'ann',
    ...(finishing && { finishing: { by: 'olga', halted: finishing, findings: [] } }),
  });

function vectorOf(one: Prepared): Vector {
  if (one.kind !== 'ready') throw new Error(`expected ready, found ${JSON.stringify(one)}`);
  return one.vector;
}

async function landMember(vector: Vector, repository: string): Promise<void> {
  expect(await land(deps, { id, vector, repository })).toEqual({ kind: 'landed' });
}

/** The candidate of `api` lands, that of `web` does not. */
async function landHalf(): Promise<Vector> {
  const vector = vectorOf(await prepared());
  await landMember(vector, 'acme/api');
  return vector;
}

async function landWhole(): Promise<{ vector: Vector }> {
  const vector = await landHalf();
  await landMember(vector, 'acme/web');
  return { vector };
}

it('members are pinned in sorted order, whatever the manifest says', async () => {
  const { members: pinned } = vectorOf(await prepared());
  expect(pinned.map((one) => one.repository)).toEqual(['acme/api', 'acme/web']);
});

describe('a branch that landed and was taken out again by hand', () => {
  const sentences = [
    expect.stringMatching(/^feature of acme\/api came onto main before \(.*taken out again by hand.*rebase/),
  ];
  const refused = { kind: 'failed', reason: { kind: 'refused', sentences } };

  beforeEach(async () => {
    await landHalf();
    const api = remotes['acme/api'];
    api.commit({ 'a.txt': 'one\n' }, { parents: [api.git('rev-parse', 'main')], branch: 'main' });
  });

  it('is not taken for merged', async () => {
    expect(await prepared()).toEqual(refused);
  });

  it('does not land without that part when it went on', async () => {
    const api = remotes['acme/api'];
    const files = { 'a.txt': 'two\n', 'more.txt': 'more\n' };
    api.commit(files, { parents: [api.git('rev-parse', 'feature')], branch: 'feature' });
    expect(await prepared()).toEqual(refused);
  });
});

describe('a landing whose lines were changed since', () => {
  /** Who puts these lines onto `api`'s main, one commit after another, says nothing of why. */
  async function surveyAfter(...lines: string[]) {
    const { vector } = await landWhole();
    const api = remotes['acme/api'];
    for (const line of lines) {
      api.commit({ 'a.txt': line }, { parents: [api.git('rev-parse', 'main')], branch: 'main' });
    }
    const findings = await survey(deps, { id, vector: whole(vector) });
    return findings.map(({ standing }) => standing);
  }

  it('stands under what changed them', async () => {
    expect(await surveyAfter('three\n', 'four\n')).toEqual(['stands', 'stands']);
  });

  it('is out when it was taken out before they were changed', async () => {
    expect(await surveyAfter('one\n', 'three\n', 'four\n')).toEqual(['reverted', 'stands']);
  });
});

it('a half landing is said to be one', async () => {
  const vector = await landHalf();
  expect(await prepared()).toMatchObject({
    kind: 'halfLanded',
    findings: [
      { repository: 'acme/api', candidate: vector.members[0]?.candidate, standing: 'stands' },
      { repository: 'acme/web', standing: 'absent' },
    ],
  });
});

it.each([
  [
    'what is missing conflicts by now',
    () => {
      const { 'acme/web': web } = remotes;
      web.commit({ 'a.txt': 'three\n' }, { parents: [web.git('rev-parse', 'main')], branch: 'main' });
    },
  ],
  [
    'a rule stands in the way by now',
    () => deps.forge && Object.assign(deps.forge, { blockingRules: async () => ['main requires signed commits'] }),
  ],
])('a half landing is said to be one also when %s, and not a plain failure', async (_, meanwhile) => {
  await landHalf();
  meanwhile();
  expect((await prepared()).kind).toBe('halfLanded');
});

describe('when the branches are gone,', () => {
  const deleteBranches = () => {
    for (const remote of Object.values(remotes)) remote.git('update-ref', '-d', 'refs/heads/feature');
  };
  /** As if no worker had ever seen any of it. */
  const loseMirrors = () => rmSync(`${root.dir}/data`, { recursive: true });

  it('a half landing is said to be one, with the very candidates and heads of that landing', async () => {
    const vector = await landHalf();
    deleteBranches();
    const found = await prepared();
    expect(found).toMatchObject({ kind: 'halfLanded', findings: [{ standing: 'stands' }, { standing: 'absent' }] });
    expect('vector' in found && found.vector.members).toEqual(vector.members);
  });

  it('it can be finished and undone', async () => {
    await landHalf();
    deleteBranches();
    const found = await prepared();
    if (found.kind !== 'halfLanded') throw new Error(`expected a half landing, found ${found.kind}`);
    const vector = vectorOf(await prepared(found.vector));
    expect(await land(deps, { id, vector, repository: 'acme/web' })).toEqual({ kind: 'landed' });
    for (const repository of ['acme/api', 'acme/web']) {
      expect(await revert(deps, { id, vector, repository, reason: 'why' })).toMatchObject({ kind: 'reverted' });
    }
    expect(await survey(deps, { id, vector: whole(vector) })).toMatchObject([
      { standing: 'reverted' },
      { standing: 'reverted' },
    ]);
  });

  it('what landed whole has landed', async () => {
    const { vector } = await landWhole();
    deleteBranches();
    expect(await prepared()).toMatchObject({
      kind: 'nothing',
      vector: { members: vector.members.map(({ candidate }) => ({ candidate, landedBefore: true })) },
    });
  });

  it('and nobody has the missing commits any more, it is still a half landing that can be undone', async () => {
    await landHalf();
    deleteBranches();
    loseMirrors();
    remotes['acme/web'].git('gc', '--quiet', '--prune=now');
    const found = await prepared();
    expect(found).toMatchObject({
      kind: 'halfLanded',
      findings: [{ standing: 'stands' }, { candidate: UNKNOWN_COMMIT, standing: 'absent' }],
    });
    if (found.kind !== 'halfLanded') throw new Error('expected a half landing');
    expect(await survey(deps, { id, vector: found.vector })).toMatchObject([
      { standing: 'stands' },
      { standing: 'absent' },
    ]);
    const refused = JSON.stringify(await prepared(found.vector));
    expect(refused).toContain('push it again, or undo what landed');
  });

  it('a repository that cannot be read is part of a half landing like the others', async () => {
    await landHalf();
    rmSync(remotes['acme/web'].path, { recursive: true });
    expect(await prepared()).toMatchObject({
      kind: 'halfLanded',
      findings: [{ standing: 'stands' }, { repository: 'acme/web', standing: 'unreadable' }],
    });
  });
});

it('a half landing counts the members of that landing which the manifest names no more', async () => {
  await landHalf();
  const [web] = members;
  const only = { ...changeset, members: members.filter((one) => one !== web) };
  const found = await prepare(deps, { id, changeset: only, author: 'ann' });
  expect(found).toMatchObject({
    kind: 'halfLanded',
    findings: [
      { repository: 'acme/api', standing: 'stands' },
      { repository: 'acme/web', standing: 'absent' },
    ],
  });
});

it('a candidate of an earlier attempt that arrives late is seen, and is what gets reverted', async () => {
  const earlier = vectorOf(await prepared());
  const { 'acme/web': web } = remotes;
  web.commit({ 'a.txt': 'four\n' }, { parents: [web.git('rev-parse', 'main')], branch: 'feature' });
  const vector = vectorOf(await prepared());
  expect(vector.members[0]?.candidate).not.toBe(earlier.members[0]?.candidate);
  await landMember(earlier, 'acme/api');
  const candidate = earlier.members[0]?.candidate ?? '';
  expect(await survey(deps, { id, vector })).toMatchObject([{ candidate, standing: 'stands' }, { standing: 'absent' }]);
  await revert(deps, { id, vector, repository: 'acme/api', reason: 'why' });
  expect(await survey(deps, { id, vector: earlier })).toMatchObject([{ standing: 'reverted' }, { standing: 'absent' }]);
});

it('an operator’s finish builds what is missing and leaves what landed, but still counts it', async () => {
  const halted = await landHalf();
  const [api, web] = vectorOf(await prepared(halted)).members;
  expect(api).toMatchObject({ alreadyMerged: true, landedBefore: true, candidate: halted.members[0]?.candidate });
  expect(web).toMatchObject({ alreadyMerged: false });
  expect(web).not.toHaveProperty('landedBefore');
});

it('a finish tests what landed with whatever came onto its main since, and lands only on what was tested', async () => {
  const halted = await landHalf();
  const { 'acme/api': api } = remotes;
  const tip = api.commit(
    { 'a.txt': 'two\n', 'b.txt': 'x\n' },
    { parents: [api.git('rev-parse', 'main')], branch: 'main' },
  );
  const vector = vectorOf(await prepared(halted));
  const [landed] = vector.members;
  expect(landed && testedCommit(landed)).toBe(tip);
  expect(landed).toMatchObject({ base: tip, candidate: halted.members[0]?.candidate });
  const request = { id, vector, author: 'ann', manifestHead: 'x', interference: 'repositories' as const };
  expect(await recheck(deps, { ...request, finishing: true })).toEqual({ kind: 'clean' });
  api.commit({ 'a.txt': 'two\n', 'c.txt': 'x\n' }, { parents: [tip], branch: 'main' });
  expect(await recheck(deps, { ...request, finishing: true })).toMatchObject({ kind: 'moved' });
});

it('a finish finds what people merged themselves, and does not take it for its own', async () => {
  const halted = await landHalf();
  const { 'acme/web': web } = remotes;
  web.git('update-ref', 'refs/heads/main', web.git('rev-parse', 'feature'));
  const found = await prepared(halted);
  expect(found.kind).toBe('nothing');
  const own = 'vector' in found ? found.vector.members.filter((one) => one.landedBefore) : [];
  expect(own.map((one) => one.repository)).toEqual(['acme/api']);
});

it('a repository that is not there any more keeps no staging branch in the others', async () => {
  const vector = vectorOf(await prepared());
  expect(await stage(deps, { id, vector })).toEqual({ kind: 'staged' });
  rmSync(remotes['acme/api'].path, { recursive: true });
  await cleanUp(deps, { id, repositories: ['acme/api', 'acme/web'] });
  expect(remotes['acme/web'].git('for-each-ref', 'refs/heads/lockstep')).toBe('');
});

it('a closed pull request stops a landing at its last look, but not a finish', async () => {
  const halted = await landHalf();
  const vector = vectorOf(await prepared(halted));
  const request = { id, vector, author: 'ann', manifestHead: 'x', interference: 'repositories' as const };
  expect(await recheck(deps, request)).toEqual({ kind: 'stopped', why: 'closed' });
  expect(await recheck(deps, { ...request, finishing: true })).toEqual({ kind: 'clean' });
});

it('a look that concludes waits out the life of a push that nobody heard the end of', async () => {
  const vector = await landHalf();
  await survey(deps, { id, vector });
  expect(waited).toEqual([]);
  expect(await survey(deps, { id, vector, settle: true })).toMatchObject([
    { standing: 'stands' },
    { standing: 'absent' },
  ]);
  expect(waited).toEqual([77]);
});

it('F31: a revert whose answer was lost is found by the look that comes after, and not made twice', async () => {
  const vector = await landHalf();
  const request = { id, vector, repository: 'acme/api', reason: 'web refused' };
  const push: ControlDeps['git']['push'] = async (...asked) => {
    await deps.git.push(...asked);
    return { kind: 'unanswered', message: 'the connection was cut' };
  };
  const [before] = await survey(deps, { id, vector });
  expect(before).not.toHaveProperty('revertedBy');
  await expect(revert({ ...deps, git: { ...deps.git, push } }, request)).rejects.toThrow('cut');
  const main = remotes['acme/api'].git('rev-parse', 'main');
  expect(await revert({ ...deps, attempt: () => 2 }, request)).toEqual({ kind: 'notStanding' });
  expect(remotes['acme/api'].git('rev-parse', 'main')).toBe(main);
  expect(await survey(deps, { id, vector })).toMatchObject([{ standing: 'reverted', revertedBy: main }, {}]);
});

describe('a candidate that is lost', () => {
  /** Another worker's git, which makes other commits of the same inputs. */
  const elsewhere = (): ControlDeps => ({
    ...deps,
    git: createGit({
      dataDir: `${root.dir}/elsewhere`,
      remoteUrl: (repository) => `file://${root.dir}/remotes/${repository}.git`,
      protocols: ['file'],
      identity: { name: 'Another', email: 'another@example.com' },
    }),
  });

  it('is made again, as the same commit', async () => {
    const vector = vectorOf(await prepared());
    rmSync(`${root.dir}/data`, { recursive: true });
    expect(await stage(deps, { id, vector })).toEqual({ kind: 'staged' });
    expect(remotes['acme/api'].git('rev-parse', 'refs/heads/lockstep/12/checkout')).toBe(vector.members[0]?.candidate);
  });

  it('and would be another commit now is neither staged nor landed', async () => {
    const vector = vectorOf(await prepared());
    const what = expect.stringContaining(`the merge commit ${vector.members[0]?.candidate} of acme/api was lost`);
    expect(await stage(elsewhere(), { id, vector })).toEqual({ kind: 'lost', what });
    expect(await land(elsewhere(), { id, vector, repository: 'acme/api' })).toEqual({ kind: 'lost', what });
  });

  it('is taken from its staging branch, whatever it would be made to now', async () => {
    const vector = vectorOf(await prepared());
    await stage(deps, { id, vector });
    expect(await land(elsewhere(), { id, vector, repository: 'acme/api' })).toEqual({ kind: 'landed' });
  });

  it('and cannot be made again says what of it is missing', async () => {
    const vector = vectorOf(await prepared());
    for (const remote of Object.values(remotes)) {
      remote.git('update-ref', '-d', 'refs/heads/feature');
      remote.git('gc', '--quiet', '--prune=now');
    }
    const what = expect.stringContaining('what it was made of is lost too');
    expect(await stage(elsewhere(), { id, vector })).toEqual({ kind: 'lost', what });
  });

  it.each(['a mirror', 'a commit'])(
    'on a test host, with %s, is said to be missing, and nothing is tested',
    async (lost) => {
      const vector = vectorOf(await prepared());
      if (lost === 'a mirror') rmSync(`${root.dir}/data/mirrors/acme/web.git`, { recursive: true });
      else remake('acme/web');
      const runner = { run: () => Promise.reject(new Error('expected no run of tests')) };
      const tests: TestDeps = {
        ...deps,
        git: withoutToken(),
        runner,
        workspaces: `${root.dir}/workspaces`,
        ranMs: () => 0,
        bounds: USUAL_BOUNDS,
      };
      const request = { id, vector, timeoutMs: 1000, run: 'run' };
      expect(await runTests(tests, request)).toMatchObject({ kind: 'missing' });
      expect(await prepared()).toEqual({ kind: 'ready', vector });
      const green = {
        run: async () => ({
          end: { kind: 'exit' as const, code: 0 },
          durationMs: 1,
          log: { id: 'log', bytes: 0, truncated: false, tail: '' },
        }),
      };
      expect(await runTests({ ...tests, runner: green }, request)).toMatchObject({ kind: 'passed' });
    },
  );

  /** The mirror as a new clone has it: without what was made in it. */
  function remake(repository: string): void {
    const mirror = `${root.dir}/data/mirrors/${repository}.git`;
    rmSync(mirror, { recursive: true });
    execFileSync('git', ['clone', '--quiet', '--bare', `${root.dir}/remotes/${repository}.git`, mirror]);
  }

  /** A test worker's git: what its mirrors lack it cannot fetch. */
  const withoutToken = () =>
    createGit({
      dataDir: `${root.dir}/data`,
      remoteUrl: () => 'file:///nonexistent',
      credentials: () => Promise.reject(new GitError('missingCommit', 'this worker holds no token')),
    });
});

const ESC = '\u001b';
it.each([
  ['escapes', `${ESC.repeat(8000)}\nError: red\n`, 'Error: red\n'],
  ['control characters', `${'\u0000\u0001\b\r'.repeat(2000)}\n\tError: red\n`, '\tError: red\n'],
  ['colours', `${`${ESC}[31mred${ESC}[0m\n`.repeat(2000)}`, 'red\n'],
  ['quotes and backslashes', `${`${'"\\'.repeat(500)}\n`.repeat(8)}Error: red\n`, 'Error: red\n'],
  ['characters of many bytes', `${`${'漢😀'.repeat(300)}\n`.repeat(20)}Error: red\n`, 'Error: red\n'],
  ['one long line', `${'x'.repeat(20_000)} Error: red`, 'Error: red'],
])('a red run takes at most 8 KB of history, whatever was printed: %s', async (what, tail, end) => {
  const log = {
    id: 'log',
    bytes: tail.length,
    truncated: true,
    tail,
    failingCommand: `${ESC}[1mnpm test${'\u0000'.repeat(400)}`,
  };
  const runner = { run: async () => ({ end: { kind: 'exit' as const, code: 1 }, durationMs: 1, log }) };
  const tests: TestDeps = {
    ...deps,
    runner,
    workspaces: `${root.dir}/workspaces`,
    ranMs: () => 0,
    bounds: USUAL_BOUNDS,
  };
  const run = await runTests(tests, { id, vector: vectorOf(await prepared()), timeoutMs: 1000, run: 'run' });
  if (run.kind !== 'failed') throw new Error(`expected a failure, found ${run.kind}`);
  const { tail: kept, failingCommand } = run.failure.log;
  const bytes = Buffer.byteLength(JSON.stringify(run));
  expect(bytes).toBeLessThanOrEqual(8 * 1024);
  if (what === 'one long line') expect(bytes).toBeGreaterThan(8000);
  expect(kept.endsWith(end)).toBe(true);
  expect(kept).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]|\[31m/);
  expect(failingCommand).toBe('npm test');
});

it('F27: a push lands once, however often it is asked for', async () => {
  const vector = vectorOf(await prepared());
  const request = { id, vector, repository: 'acme/api' };
  expect(await land(deps, request)).toEqual({ kind: 'landed' });
  const main = remotes['acme/api'].git('rev-parse', 'main');
  expect(await land(deps, request)).toEqual({ kind: 'landed' });
  expect(remotes['acme/api'].git('rev-parse', 'main')).toBe(main);
});

it('a main that somebody moved is a definite rejection, after an unheard push only when its life is over', async () => {
  const vector = vectorOf(await prepared());
  const { 'acme/api': api } = remotes;
  const found = api.commit({ 'b.txt': 'x\n' }, { parents: [api.git('rev-parse', 'main')], branch: 'main' });
  const again = { ...deps, attempt: () => 2 };
  expect(await land(again, { id, vector, repository: 'acme/api' })).toEqual({ kind: 'rejected', found });
  expect(waited).toEqual([77]);
});

it.each(['pushed', 'stale'] as const)('an answer (%s) that the refs contradict concludes nothing', async (kind) => {
  const vector = vectorOf(await prepared());
  let pushes = 0;
  const push = async () => {
    pushes += 1;
    return { kind };
  };
  const lagging = { ...deps, git: { ...deps.git, push } };
  await expect(land(lagging, { id, vector, repository: 'acme/api' })).rejects.toThrow('does not show it yet');
  expect(pushes).toBe(1);
});

it('a branch that changes workflow files is refused before the tests, and told how it can land', async () => {
  const web = remotes['acme/web'];
  const base = web.commit({ 'a.txt': 'one\n' }, { branch: 'main' });
  web.commit({ 'a.txt': 'two\n', '.github/workflows/ci.yaml': 'on: push\n' }, { parents: [base], branch: 'feature' });
  const refused = await prepared();
  expect(refused).toMatchObject({ kind: 'failed', reason: { kind: 'refused' } });
  expect(JSON.stringify(refused)).toContain('feature of acme/web changes .github/workflows/ci.yaml');
});
