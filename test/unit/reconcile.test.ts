/** What the reconciliation tells the queue of: what no webhook told, and nothing again and again. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlDeps } from '../../activities/deps.ts';
import { createFakeForge } from '../../activities/github/fake.ts';
import { reconcile } from '../../activities/reconcile.ts';
import type { QueuePicture } from '../../activities/workflows/port.ts';
import type { ChangedFile, Check } from '../../src/ports.ts';
import { commit } from '../support/landings.ts';

const coordinator = 'acme/coordinator';
const HEAD = commit('head');
const KNOWN: QueuePicture = { entries: [{ pullRequest: 7 }] };
const ADDED: ChangedFile[] = [{ path: 'changesets/x.yaml', change: 'added' }];

let forge: ReturnType<typeof createFakeForge>;
let heard: number[];
beforeEach(() => {
  heard = [];
  forge = createFakeForge({ coordinator });
});

function open(about: { draft?: boolean; files?: ChangedFile[] } = {}): void {
  forge.state.pulls.push({
    repository: coordinator,
    number: 7,
    title: 'Checkout',
    state: 'open',
    draft: false,
    author: 'ann',
    headRepository: coordinator,
    headBranch: 'checkout',
    head: HEAD,
    baseBranch: 'main',
    url: '',
    files: ADDED,
    ...about,
  });
}

const check = (state: Check['state']) =>
  forge.publishCheck({ head: HEAD, state, title: '', summary: '', annotations: [] });

async function told(picture: QueuePicture = { entries: [] }): Promise<number[]> {
  const numbers: number[] = [];
  const workflows = {
    queuePicture: async () => picture,
    signalQueue: async (events: { pullRequest: number }[]) => {
      numbers.push(...events.map(({ pullRequest }) => pullRequest));
    },
    startComment: async (comment: number) => void heard.push(comment),
  } satisfies Partial<ControlDeps['workflows']>;
  await reconcile({ forge, workflows, now: () => 0 } as unknown as ControlDeps);
  return numbers;
}

describe('an open manifest pull request', () => {
  it.each([
    ['was cancelled: it was closed, or a draft, and no webhook told that it is not any more', 'cancelled'],
    ['waits for people, and its pipeline is no more', 'action_required'],
    ['is under way, and its pipeline is no more', 'in_progress'],
  ] as const)('whose check %s is told, unless the queue knows it', async (_, state) => {
    open();
    await check(state);
    expect(await told()).toEqual([7]);
    expect(await told(KNOWN)).toEqual([]);
  });

  it.each(['success', 'neutral', 'failure'] as const)('that came to %s is done', async (state) => {
    open();
    await check(state);
    expect(await told()).toEqual([]);
  });

  it('with a new head is told, also when the queue knows it', async () => {
    open();
    expect(await told()).toEqual([7]);
    expect(await told(KNOWN)).toEqual([7]);
  });

  it.each(['cancelled', 'in_progress'] as const)(
    'that was withdrawn (%s) is left alone at that head',
    async (state) => {
      open();
      await check(state);
      expect(await told({ entries: [], withdrawn: [{ pullRequest: 7, heads: [HEAD] }] })).toEqual([]);
      expect(await told({ entries: [], withdrawn: [{ pullRequest: 7, heads: [commit('before')] }] })).toEqual([7]);
    },
  );

  it('that became a draft or was closed is told only while the queue knows it', async () => {
    open({ draft: true });
    expect(await told(KNOWN)).toEqual([7]);
    expect(await told()).toEqual([]);
  });
});

it.each([
  ['touches no manifest', [{ path: 'README.md', change: 'modified' }]],
  ['deletes a manifest', [...ADDED, { path: 'changesets/old.yaml', change: 'removed' }]],
] as [string, ChangedFile[]][])('a pull request that %s is people’s own', async (_, files) => {
  open({ files });
  expect(await told()).toEqual([]);
});

describe('a comment', () => {
  it('that may have commands is read though no webhook told of it; others are not', async () => {
    const at = '1970-01-01T00:00:01Z';
    const by = (id: number, author: string, body: string) =>
      forge.state.comments.push({
        ...{ id, author, body, repository: coordinator, number: 7, edits: 0, reactions: [] },
        ...{ createdAt: at, updatedAt: at },
      });
    by(1, 'bob', 'fine\r\n/lockstep approve checkout');
    by(2, 'bob', 'what does /lockstep approve do?');
    by(3, 'lockstep[bot]', '/lockstep approve checkout');
    by(4, 'bob', '> /lockstep approve checkout');
    await told();
    expect(heard).toEqual([1]);
  });
});
