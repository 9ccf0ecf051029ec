/** What a comment comes to (I37, I38, I39): who may ask for what, and what they are answered. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { answerComment } from '../../activities/commands/answer.ts';
import { hearComment } from '../../activities/commands/hear.ts';
import type { ControlDeps } from '../../activities/deps.ts';
import { createFakeForge, type FakeForge } from '../../activities/github/fake.ts';
import { parserInProcess } from '../../activities/manifest/parser/inProcess.ts';
import { toEvents } from '../../server/webhook/toEvents.ts';
import { readReply, readReplyTo } from '../../workflows/replies.ts';
import { commit } from '../support/landings.ts';

const coordinator = 'acme/coordinator';

let forge: FakeForge;
let configuration: string;
let now: number;
beforeEach(() => {
  forge = createFakeForge({ coordinator });
  configuration = 'repositories: [acme/api]';
  now = Date.parse('2026-11-23T10:30:00Z');
  for (const login of ['ann', 'bob']) forge.state.permissions.set(`${coordinator} ${login}`, 'write');
  forge.state.permissions.set(`${coordinator} eve`, 'read');
  forge.state.pulls.push({
    ...{ repository: coordinator, number: 7, title: 'x', state: 'open', draft: false, author: 'ann' },
    files: [{ path: 'changesets/x.yaml', change: 'added' }],
    ...{ headRepository: coordinator, headBranch: 'x', head: commit('h'), baseBranch: 'main', url: '' },
  });
});

const deps = () =>
  ({
    coordinator,
    forge,
    parser: parserInProcess,
    now: () => now,
    live: () => ({ signal: new AbortController().signal }),
    git: {
      readRefs: async () => ({ main: commit('main'), defaultBranch: 'main', refs: {} }),
      fetch: async () => undefined,
      readFile: async () => ({ mode: '100644', bytes: 1, content: new TextEncoder().encode(configuration) }),
    },
  }) as unknown as ControlDeps;

function write(author: string, body: string, edited = false): void {
  const [createdAt, updatedAt] = ['2026-11-23T10:00:00Z', edited ? '2026-11-23T10:01:00Z' : '2026-11-23T10:00:00Z'];
  const about = { id: 5, repository: coordinator, number: 7, edits: 0, reactions: [] };
  forge.state.comments = [{ ...about, author, body, createdAt, updatedAt }];
}

const hear = () => hearComment(deps(), { comment: 5 });

async function problems() {
  const heard = await hear();
  return heard.kind === 'asked' ? heard.lines.map(({ problem }) => problem) : heard.kind;
}

describe('a comment', () => {
  it('of somebody who may write is heard, and shown to be', async () => {
    write('bob', 'ok\n\n/lockstep approve checkout\n/lockstep pause release');
    expect(await hear()).toEqual({
      ...{ kind: 'asked', pullRequest: 7, by: 'bob', writtenAt: '2026-11-23T10:00:00Z' },
      lines: [
        { line: '/lockstep approve checkout', asked: { verb: 'approve', changeset: 'checkout', commits: [] } },
        { line: '/lockstep pause release', asked: { verb: 'pause', reason: 'release' } },
      ],
    });
    expect(forge.state.comments[0]?.reactions).toEqual(['seen']);
  });

  it.each([
    ['without a command', 'bob', 'thanks'],
    ['that quotes one', 'bob', '> /lockstep pause release'],
    ['of the bot itself (I38)', 'lockstep[bot]', '/lockstep pause release'],
  ])('%s is left alone', async (_, author, body) => {
    write(author, body);
    expect(await hear()).toEqual({ kind: 'nothing' });
    expect(forge.state.comments[0]?.reactions).toEqual([]);
  });

  it('that is gone, or is on no pull request, is left alone', async () => {
    expect(await hear()).toEqual({ kind: 'nothing' });
    write('bob', '/lockstep help');
    forge.state.pulls = [];
    expect(await hear()).toEqual({ kind: 'nothing' });
  });

  it.each([
    ['eve', 'read'],
    ['mallory', 'none'],
  ])('I38: of %s, who may not write (%s), is refused line by line', async (login, permission) => {
    write(login, '/lockstep approve checkout\n/lockstep pause release');
    const told = await problems();
    expect(told).toEqual([
      `${login} may not write to ${coordinator} (${permission}), and commands are for those who may: ask one of them`,
      `${login} may not write to ${coordinator} (${permission}), and commands are for those who may: ask one of them`,
    ]);
  });

  it('of somebody whose permission was taken away since it was written is refused: it is read when it counts', async () => {
    write('bob', '/lockstep pause release');
    forge.state.permissions.set(`${coordinator} bob`, 'none');
    expect(await problems()).toEqual([expect.stringContaining('bob may not write')]);
  });

  it('that was found late is refused: people have gone on since', async () => {
    write('bob', '/lockstep pause release');
    now = Date.parse('2026-11-23T11:00:01Z');
    expect(await problems()).toEqual([expect.stringContaining('more than an hour after')]);
  });

  it('I41: on a pull request without a manifest is left alone', async () => {
    write('bob', '/lockstep pause release');
    const [pull] = forge.state.pulls;
    if (pull) pull.files = [{ path: 'README.md', change: 'modified' }];
    expect(await hear()).toEqual({ kind: 'nothing' });
  });

  it('that cannot be shown to be heard is done all the same', async () => {
    write('bob', '/lockstep pause release');
    forge.react = () => Promise.reject(new Error('no'));
    expect(await problems()).toEqual([undefined]);
  });

  it('I37: that was edited is refused', async () => {
    write('bob', '/lockstep pause release', true);
    expect(await problems()).toEqual([
      'the comment was edited after it was written: only a new one counts, so write it again',
    ]);
  });

  it('I38: by which an author approves the own changeset is refused, unless lockstep.yaml allows it', async () => {
    write('Ann', '/lockstep approve checkout');
    forge.state.permissions.set(`${coordinator} Ann`, 'write');
    expect(await problems()).toEqual([
      'who opened the pull request does not approve it here: ask somebody else with write permission (defaults.approvalByAuthor in lockstep.yaml allows it)',
    ]);
    configuration = 'repositories: [acme/api]\ndefaults: { approvalByAuthor: true }';
    expect(await problems()).toEqual([undefined]);
    configuration = 'nonsense: [';
    expect(await problems()).toEqual([expect.stringContaining('does not approve it here')]);
    write('Ann', '/lockstep skip checkout');
    expect(await problems()).toEqual([undefined]);
  });

  it('I39: stops at the first that is refused, and says so of the others', async () => {
    write('bob', '/lockstep skip a\n/lockstep aprove b\n/lockstep resume');
    expect(await problems()).toEqual([
      undefined,
      '"aprove" is no command; did you mean "approve"?; /lockstep help lists them',
      'not done, for one before it was refused',
    ]);
  });

  it('has at most ten commands', async () => {
    write('bob', Array.from({ length: 5000 }, () => '/lockstep resume').join('\n'));
    const told = await problems();
    expect(told).toHaveLength(11);
    expect(told.at(-1)).toContain('may have 10 commands');
    expect(JSON.stringify(await hear()).length).toBeLessThan(8_192);
  });
});

describe('an answer', () => {
  const heard = (...lines: { line: string; asked?: never; problem?: string }[]) => ({
    ...{ kind: 'asked' as const, pullRequest: 7, by: 'bob', writtenAt: '', lines },
  });
  const answer = async (request: Pick<Parameters<typeof answerComment>[1], 'heard' | 'replies'>) => {
    write('bob', 'x');
    for (const _ of [1, 2]) await answerComment(deps(), { coordinator, comment: 5, ...request });
    const [asked, ...answers] = forge.state.comments;
    return { reactions: asked?.reactions, answers: answers.map(({ body }) => body) };
  };

  it('is a reaction alone where all was done', async () => {
    const told = await answer({ heard: heard({ line: '/lockstep resume' }), replies: [{ line: 1 }] });
    expect(told).toEqual({ reactions: ['done'], answers: [] });
  });

  it('is one comment, however often it is written, that says what was not done and what there is to know', async () => {
    const told = await answer({
      heard: heard(
        { line: '/lockstep pause x' },
        { line: '/lockstep resume' },
        { line: '/lockstep `a|b`', problem: '@all <b>' },
      ),
      replies: [
        { line: 1, remark: 'already landing: #7/a' },
        { line: 2, refused: 'the queue is not paused' },
      ],
    });
    expect(told.reactions).toEqual(['refused']);
    expect(told.answers).toHaveLength(1);
    const [body = ''] = told.answers;
    expect(body.startsWith('<!-- lockstep answer:5 -->\n**bob**:')).toBe(true);
    expect(body).toContain('- `/lockstep pause x`: already landing: #\u200b7/a');
    expect(body).toContain('- `/lockstep resume`: the queue is not paused');
    expect(body).not.toContain('@all');
    expect(body).not.toContain('<b>');
  });

  it('says it when nobody answered', async () => {
    const told = await answer({ heard: heard({ line: '/lockstep pause x' }), replies: [] });
    expect(told.reactions).toEqual(['refused']);
    expect(told.answers[0]).toContain('no answer came within an hour');
  });
});

describe('a webhook of a comment', () => {
  const reading = (about: object) =>
    toEvents(
      {
        event: 'issue_comment',
        id: 'd',
        payload: {
          action: 'created',
          repository: { full_name: coordinator },
          issue: { number: 7, pull_request: {} },
          comment: { id: 5, body: 'ok\r\n/lockstep approve checkout\r\n' },
          ...about,
        },
      },
      { coordinator },
    );

  it('is a hint that its comment asks for something', () => {
    expect(reading({})).toEqual({ kind: 'comment', comment: 5 });
  });

  it.each([
    ['an edit', { action: 'edited' }],
    ['a comment that was deleted', { action: 'deleted' }],
    ['a comment on an issue', { issue: { number: 7 } }],
    ['no command', { comment: { id: 5, body: 'what does /lockstep do?' } }],
    ['no number', { comment: { id: 'five', body: '/lockstep help' } }],
    ['no body', { comment: { id: 5, body: null } }],
    ['another repository', { repository: { full_name: 'acme/api' } }],
  ])('with %s is ignored', (_, about) => {
    expect(reading(about).kind).toBe('ignored');
  });
});

describe('where an answer goes', () => {
  it('is a run that reads a comment, and nobody else: anyone may send a signal', () => {
    const replyTo = { workflowId: 'comment/acme/coordinator/5', line: 1 };
    expect(readReplyTo({ replyTo })).toEqual({ replyTo });
    const strange = [undefined, 5, [], { workflowId: 'lockstep-queue', line: 1 }, { ...replyTo, line: 0 }, { line: 1 }];
    for (const one of strange) expect(readReplyTo({ replyTo: one })).toEqual({});
    expect(readReplyTo('nonsense')).toEqual({});
  });

  it('is read whatever its shape', () => {
    expect(readReply({ line: 2, refused: 'no', more: 1 })).toEqual({ line: 2, refused: 'no' });
    for (const one of [undefined, 'x', { refused: 'no' }, { line: '2' }]) expect(readReply(one)).toBeUndefined();
    expect(readReply({ line: 1, refused: 5, remark: 'x'.repeat(5000) })).toEqual({ line: 1, remark: 'x'.repeat(1000) });
  });
});
