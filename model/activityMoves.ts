/** What may happen to an activity at the point that it has reached: it is answered, or its worker or a reply is lost. */
import { waitForGitHub } from '../src/attempt/take.ts';
import type { Commit } from '../src/changeset.ts';
import type { Push, PushAnswer } from '../src/ports.ts';
import type { Point } from './activities.ts';
import type { Context } from './context.ts';
import { answerOf, arrive, MAIN, repositoryAt, repositoryNumber } from './github.ts';
import type { Call } from './ports.ts';
import { again, came, complete, type Draft, goOn, isStopped, runOf, take } from './run.ts';
import type { Fault } from './setting.ts';
import type { State } from './world.ts';

type Asked = Point['asks'][number];

/** What a move does to the draft of the next state, under a sentence that tells it. */
export type Offer = (
  by: 'system' | 'people' | 'fault',
  say: () => string,
  make: (draft: Draft) => void,
  costs?: Fault[],
) => void;

const INTERRUPTIBLE = ['prepare', 'stage', 'recheck'];

export function offerActivity(context: Context, state: State, c: number, offer: Offer): void {
  const run = runOf(state, c);
  if (run.doing.is !== 'activity') return;
  const point = context.activities.at(run.doing.point);
  const { name, attempt } = point.begin;
  const who = `${name} of ${context.ids[c]?.name}`;
  if (INTERRUPTIBLE.includes(name) && isStopped(context, run, c)) {
    offerCancel(context, c, point, offer);
    return;
  }
  for (const asked of point.asks) {
    const { call } = asked;
    if (call.ask === 'push') offerPush(context, c, { point, asked, push: call.push, offer });
    else {
      offer(
        'system',
        () => `${who} ${inWords(context, state, call)}`,
        (draft) => {
          if (call.ask === 'wait') waitOut(context, draft, c);
          goOn(context, draft, c, context.activities.answer(point, asked, answerOf(context, draft, call)));
        },
      );
    }
  }
  const counts = name === 'land' || name === 'revert';
  if (counts && attempt === 1 && point.answered.length === 0) {
    offer(
      'fault',
      () => `the worker of ${who} is killed before it did anything`,
      (draft) => again(context, draft, c, point),
      ['crash'],
    );
  }
  if (counts && attempt === 2 && context.desks.at(run.desk).waits.since === undefined) {
    offer(
      'system',
      () => `${who} has had no answer for a while`,
      (draft) => take(context, draft, c, (attempt) => waitForGitHub(attempt, 'a while')),
    );
  }
}

interface Pushing {
  point: Point;
  asked: Asked;
  push: Push;
  offer: Offer;
}

function offerPush(context: Context, c: number, { point, asked, push, offer }: Pushing): void {
  const where = push.ref === MAIN ? `main of ${push.repository}` : `the staging ref in ${push.repository}`;
  const what = `${context.ids[c]?.name} pushes ${push.commit?.slice(0, 7) ?? 'nothing'} to ${where}`;
  const answered = (draft: Draft, answer: PushAnswer) =>
    goOn(context, draft, c, context.activities.answer(point, asked, { push: answer }));
  const lost = (draft: Draft) => answered(draft, { kind: 'unanswered', message: 'the connection was lost' });
  const crashed = (draft: Draft) => again(context, draft, c, point);
  let said: PushAnswer['kind'] = 'pushed';
  offer(
    'system',
    () => `${what}: ${said}`,
    (draft) => {
      const answer = arrive(context, draft, c, push);
      said = answer.kind;
      answered(draft, answer);
    },
  );
  const arrives = (then: (draft: Draft) => void) => (draft: Draft) => {
    arrive(context, draft, c, push);
    then(draft);
  };
  offer('fault', () => `${what}, and the reply is lost`, arrives(lost), ['crash']);
  offer('fault', () => `${what}, which never arrives, and there is no reply`, lost, ['crash']);
  offer('fault', () => `${what}, and the worker is killed before it hears so`, arrives(crashed), ['crash']);
  offer('fault', () => `the worker is killed before ${what}`, crashed, ['crash']);
  if (push.ref !== MAIN || push.commit === null || push.expected === null) return;
  const { commit, expected } = push;
  const late = (then: (draft: Draft) => void) => (draft: Draft) => {
    sendLate(context, draft, c, { push, commit, expected });
    then(draft);
  };
  offer('fault', () => `${what}; there is no reply, and the push is still on its way`, late(lost), ['crash']);
  offer('fault', () => `${what}; the worker is killed, and the push is still on its way`, late(crashed), ['crash']);
}

function sendLate(
  context: Context,
  draft: Draft,
  c: number,
  on: { push: Push; commit: Commit; expected: Commit },
): void {
  const { commit, expected } = on;
  const repository = repositoryNumber(context, on.push.repository);
  const { ruled, gone } = repositoryAt(draft, repository);
  if (ruled || gone) return;
  draft.pushes = [...draft.pushes, { changeset: c, repository, commit, expected }];
}

/** What was under way before it began to wait is over. */
function waitOut(context: Context, draft: Draft, c: number): void {
  if (context.protocol.github.pushesDie) draft.pushes = draft.pushes.filter((push) => push.changeset !== c);
}

function offerCancel(context: Context, c: number, point: Point, offer: Offer): void {
  const who = `${point.begin.name} of ${context.ids[c]?.name}`;
  const cancel = (draft: Draft) => complete(context, draft, c, came({ of: 'interrupted' }));
  offer('system', () => `${who} is called off`, cancel);
  for (const { call } of point.asks) {
    if (call.ask !== 'push') continue;
    offer(
      'system',
      () => `${who} is called off while its push arrives`,
      (draft) => {
        arrive(context, draft, c, call.push);
        cancel(draft);
      },
    );
  }
}

function inWords(context: Context, state: State, call: Exclude<Call, { ask: 'push' }>): string {
  switch (call.ask) {
    case 'refs': {
      const answer = answerOf(context, state, call);
      const main = 'refs' in answer ? answer.refs.main.slice(0, 7) : 'nothing';
      return `reads ${call.repository}: main is at ${main}`;
    }
    case 'rules':
      return `reads the rules of ${call.repository}`;
    case 'pullRequest':
      return `reads pull request #${call.number}`;
    case 'wait':
      return 'waits until no push of its own can arrive any more';
  }
}
