/** The Forge port: one suite for the fake and for the adapter on a local GitHub. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Check } from '../../src/ports.ts';
import { COORDINATOR, type ForgeWorld, fakeWorld, localWorld, MEMBER } from '../support/forges.ts';

const MARKER = '<!-- lockstep test:1 -->';

describe.each([
  ['the fake', fakeWorld],
  ['GitHub', localWorld],
] as [string, () => Promise<ForgeWorld>][])('%s', (_name, start) => {
  let world: ForgeWorld;
  let count = 0;

  beforeAll(async () => {
    world = await start();
  });
  afterAll(() => world.stop());

  function fresh(files: Record<string, string> = { 'changesets/x.yaml': 'x' }) {
    count += 1;
    return world.open({ branch: `branch-${count}`, files, title: `Title ${count}` });
  }

  describe('pull requests', () => {
    it('are read as they are', async () => {
      const { number, head } = await fresh();
      expect(await world.forge.readPullRequest(number)).toEqual({
        number,
        title: `Title ${count}`,
        state: 'open',
        merged: false,
        draft: false,
        author: 'ann',
        headRepository: COORDINATOR,
        headBranch: `branch-${count}`,
        head,
        baseBranch: 'main',
        url: expect.stringContaining(`${COORDINATOR}/pull/${number}`),
      });
      expect(await world.forge.readPullRequest(9999)).toBeUndefined();
    });

    it('are listed while they are open', async () => {
      const [one, other] = [await fresh(), await fresh()];
      await world.closePull(one.number);
      const open = (await world.forge.listOpenPullRequests()).map(({ number }) => number);
      expect(open).toContain(other.number);
      expect(open).not.toContain(one.number);
    });

    it('name their changed files', async () => {
      const { number } = await fresh({ 'changesets/a.yaml': 'a', 'docs/b.md': 'b' });
      const files = await world.forge.changedFiles(number);
      expect(files.map(({ path }) => path).sort()).toEqual(['changesets/a.yaml', 'docs/b.md']);
      expect(files.every(({ change }) => change === 'added')).toBe(true);
    });
  });

  describe('merging', () => {
    it('merges at the head, and says so again when asked again', async () => {
      const { number, head } = await fresh({ [`m${count}`]: 'm' });
      const request = { number, head, title: 'Land' };
      const first = await world.forge.mergePullRequest(request);
      expect(first).toEqual({ kind: 'merged', commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
      expect(await world.forge.mergePullRequest(request)).toEqual(first);
      expect(await world.forge.readPullRequest(number)).toMatchObject({ state: 'closed', merged: true });
    });

    it('does not merge a head that nobody looked at', async () => {
      const { number, head } = await fresh();
      await world.push(`branch-${count}`, { more: 'more' });
      expect(await world.forge.mergePullRequest({ number, head, title: 'Land' })).toEqual({ kind: 'headMoved' });
      expect(await world.forge.readPullRequest(number)).toMatchObject({ state: 'open', merged: false });
    });

    it('gives GitHub’s words when it refuses', async () => {
      const closed = await fresh();
      await world.closePull(closed.number);
      expect(await world.forge.mergePullRequest({ ...closed, title: 'Land' })).toEqual({
        kind: 'refused',
        message: 'Pull Request is not mergeable',
      });
    });
  });

  describe('a comment', () => {
    it('F20: is one per marker however often it is published, and edited only when it differs', async () => {
      const { number } = await fresh();
      for (const body of ['one', 'one', 'two']) await world.forge.publishComment(number, { marker: MARKER, body });
      const comments = await world.comments(COORDINATOR, number);
      expect(comments).toEqual([{ author: 'lockstep[bot]', body: `${MARKER}\ntwo` }]);
    });

    it('is amended only where there is one', async () => {
      const { number } = await fresh();
      await world.forge.amendComment(number, { marker: MARKER, body: 'nothing to amend' });
      expect(await world.comments(COORDINATOR, number)).toEqual([]);
      await world.forge.publishComment(number, { marker: MARKER, body: 'one' });
      await world.forge.amendComment(number, { marker: MARKER, body: 'two' });
      expect((await world.comments(COORDINATOR, number)).map(({ body }) => body)).toEqual([`${MARKER}\ntwo`]);
    });

    it('F20: whose twin was made by a lost reply loses the twin', async () => {
      const { number } = await fresh();
      await world.comment(number, { author: 'bot', body: `${MARKER}\nfirst` });
      await world.comment(number, { author: 'bot', body: `${MARKER}\nsecond` });
      await world.forge.publishComment(number, { marker: MARKER, body: 'now' });
      expect((await world.comments(COORDINATOR, number)).map(({ body }) => body)).toEqual([`${MARKER}\nnow`]);
    });

    it('of a person that carries the marker, and one of ours that quotes it, are left alone', async () => {
      const { number } = await fresh();
      await world.comment(number, { author: 'person', body: `${MARKER}\nmine` });
      await world.comment(number, { author: 'bot', body: `other\n> ${MARKER}` });
      await world.forge.publishComment(number, { marker: MARKER, body: 'ours' });
      expect((await world.comments(COORDINATOR, number)).map(({ body }) => body)).toEqual([
        `${MARKER}\nmine`,
        `other\n> ${MARKER}`,
        `${MARKER}\nours`,
      ]);
    });

    it('of ours is read, oldest first; those of people are not', async () => {
      const { number } = await fresh();
      await world.comment(number, { author: 'person', body: 'mine' });
      await world.forge.publishComment(number, { marker: MARKER, body: 'one' });
      await world.forge.publishComment(number, { marker: '<!-- lockstep test:2 -->', body: 'two' });
      await world.forge.amendComment(number, { marker: MARKER, body: 'edited' });
      expect(await world.forge.ownComments(number)).toEqual([`${MARKER}\nedited`, '<!-- lockstep test:2 -->\ntwo']);
    });

    it('of a person is read with who wrote it and when; what was heard is shown on it', async () => {
      const { number } = await fresh();
      await world.comment(number, { author: 'person', body: '/lockstep help' });
      await world.comment(number, { author: 'bot', body: '/lockstep help' });
      const all = (await world.forge.commentsSince(new Date(0))).filter((one) => one.pullRequest === number);
      expect(all).toMatchObject([
        { body: '/lockstep help', by: 'ann', isPerson: true, edited: false },
        { body: '/lockstep help', by: 'lockstep[bot]', isPerson: false },
      ]);
      const [{ id, writtenAt } = { id: 0, writtenAt: '' }] = all;
      expect(Date.parse(writtenAt)).not.toBeNaN();
      expect(await world.forge.readComment(id)).toEqual(all[0]);
      for (const reaction of ['seen', 'seen', 'done', 'refused'] as const) await world.forge.react(id, reaction);
      expect(await world.forge.readComment(id)).toEqual(all[0]);
      expect(await world.forge.readComment(987_654)).toBeUndefined();
      await world.forge.react(987_654, 'seen');
      const later = await world.forge.commentsSince(new Date(Date.parse(writtenAt) + 3600_000));
      expect(later.map((one) => one.id)).not.toContain(id);
    });

    it('says when it was last written, by GitHub’s clock', async () => {
      const { number } = await fresh();
      const first = await world.forge.publishComment(number, { marker: MARKER, body: 'one' });
      expect(await world.forge.publishComment(number, { marker: MARKER, body: 'one' })).toBe(first);
      const second = await world.forge.publishComment(number, { marker: MARKER, body: 'two' });
      expect(Date.parse(second)).toBeGreaterThanOrEqual(Date.parse(first));
    });

    it('goes to a member branch’s own pull request where there is one', async () => {
      const { number, head } = await world.open({ repository: MEMBER, branch: 'feature/a', files: { a: 'a' } });
      const request = { repository: MEMBER, head, marker: MARKER, body: 'landed' };
      await world.forge.commentOnBranch({ ...request, branch: 'feature/a' });
      await world.forge.commentOnBranch({ ...request, branch: 'feature/none' });
      expect((await world.comments(MEMBER, number)).map(({ body }) => body)).toEqual([`${MARKER}\nlanded`]);
    });
  });

  describe('the check run', () => {
    const check = (head: string, state: Check['state'], annotations: Check['annotations'] = []): Check => ({
      head,
      state,
      title: state,
      summary: `now ${state}`,
      annotations,
    });
    const runsOf = (head: string) => world.checks().filter((run) => run.head === head);

    it('is one while it goes on, and a new one after a gate', async () => {
      const { head } = await fresh();
      expect(await world.forge.readCheck(head)).toBeUndefined();
      for (const state of ['queued', 'in_progress', 'in_progress', 'action_required'] as const)
        await world.forge.publishCheck(check(head, state));
      expect(runsOf(head).map(({ state }) => state)).toEqual(['action_required']);
      expect(await world.forge.readCheck(head)).toBe('action_required');
      await world.forge.publishCheck(check(head, 'in_progress'));
      expect(await world.forge.readCheck(head)).toBe('in_progress');
      await world.forge.publishCheck(check(head, 'neutral'));
      expect(runsOf(head).map(({ state, title }) => [state, title])).toEqual([
        ['action_required', 'action_required'],
        ['neutral', 'neutral'],
      ]);
    });

    it.each(['queued', 'in_progress', 'action_required', 'success', 'neutral', 'failure', 'cancelled'] as const)(
      'is read as it was published: %s',
      async (state) => {
        const { head } = await fresh();
        await world.forge.publishCheck(check(head, state));
        expect(await world.forge.readCheck(head)).toBe(state);
      },
    );

    it('takes more annotations than one request carries, each once', async () => {
      const { head } = await fresh();
      const annotations = Array.from({ length: 120 }, (_, index) => ({
        path: 'changesets/x.yaml',
        line: index + 1,
        level: 'failure' as const,
        message: `fault ${index}`,
      }));
      await world.forge.publishCheck(check(head, 'in_progress', annotations.slice(40, 60)));
      await world.forge.publishCheck(check(head, 'failure', annotations));
      await world.forge.publishCheck(check(head, 'failure', annotations));
      const lines = runsOf(head).flatMap((run) => run.annotations.map(({ line }) => line));
      expect(lines.sort((one, other) => one - other)).toEqual(annotations.map(({ line }) => line));
    });

    it('of another head is another', async () => {
      const { head } = await fresh();
      await world.forge.publishCheck(check(head, 'queued'));
      const next = await world.push(`branch-${count}`, { next: 'next' });
      expect(await world.forge.readCheck(next)).toBeUndefined();
    });
  });

  describe('permissions and rules', () => {
    it.each(['admin', 'write', 'read', 'none'] as const)('a person with %s has it', async (permission) => {
      world.setRole('bob', permission);
      expect(await world.forge.permission(COORDINATOR, 'bob')).toBe(permission);
    });

    it('a stranger has none', async () => {
      expect(await world.forge.permission(COORDINATOR, 'nobody-of-that-name')).toBe('none');
    });

    it('rules that the App bypasses are not in the way; others are named with the fix', async () => {
      expect(await world.forge.blockingRules(MEMBER, 'main')).toEqual([]);
      const takeAway = world.addRule();
      const sentences = await world.forge.blockingRules(MEMBER, 'main');
      takeAway();
      expect(sentences).toEqual([expect.stringMatching(/on main of acme\/api requires status checks.*bypass list/)]);
      expect(await world.forge.blockingRules(MEMBER, 'main')).toEqual([]);
    });
  });

  it('F5: deliveries that failed are asked for again, once', async () => {
    const since = new Date(Date.now() - 60_000);
    await world.failDelivery();
    expect(await world.forge.redeliverFailed(new Date(Date.now() + 60_000))).toBe(0);
    expect(await world.forge.redeliverFailed(since)).toBe(1);
  });

  it('a pull request that rules forbid to merge is refused in GitHub’s words', async () => {
    const { number, head } = await fresh();
    await world.block(number);
    const answer = await world.forge.mergePullRequest({ number, head, title: 'Land' });
    expect(answer).toEqual({
      kind: 'refused',
      message: expect.stringContaining('Required status check "build" is expected.'),
    });
  });

  it('F35: a repository that the App is not on is unreadable, and nobody may write there', async () => {
    world.uninstall(MEMBER);
    expect(await world.forge.blockingRules(MEMBER, 'main')).toBeUndefined();
    expect(await world.forge.blockingRules('acme/never-was', 'main')).toBeUndefined();
    expect(await world.forge.permission(MEMBER, 'ann')).toBe('none');
  });
});
