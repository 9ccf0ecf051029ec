/**
 * What workflows say to each other, checked all the same: anyone who reaches Temporal can send such a signal, and a handler
 * that throws fails its workflow's task for ever (TEMPORAL.md, Signals).
 */

import type { ChangesetOrder, ProgressMessage } from '../src/pipeline/take.ts';
import type { GrantAnswer, PipelineOrder, QueueMessage } from '../src/queue/reduce.ts';
import { type Fields, fieldsOf } from './fields.ts';
import { readReplyTo } from './replies.ts';

type Check = (fields: Fields) => boolean;

const pullRequest: Check = (fields) => Number.isSafeInteger(fields.pullRequest);
const changeset: Check = (fields) => typeof fields.changeset === 'string';
const person: Check = (fields) => typeof fields.by === 'string';
/** Who answers a command must know where to. */
const command: Check = (fields) =>
  person(fields) && (fields.replyTo === undefined || readReplyTo(fields).replyTo !== undefined);
const reach: Check = (fields) =>
  typeof fields.exclusive === 'boolean' &&
  Array.isArray(fields.repositories) &&
  fields.repositories.every((name) => typeof name === 'string');
const landing: Check = (fields) => changeset(fields) && pullRequest(fields) && reach(fields);
const isReach = (list: unknown) => Array.isArray(list) && list.every((one) => reach(fieldsOf(one)));

const handedOn: Check = ({ lastStatus, withdrawn, skip }) => {
  const heads = [fieldsOf(withdrawn).heads, fieldsOf(skip).heads];
  return [lastStatus ?? '', ...heads.map((list) => list ?? [])].flat().every((commit) => typeof commit === 'string');
};

/** Of what came in a comment. */
const isTime = (value: unknown) => value === undefined || typeof value === 'string';

const QUEUE_MESSAGES: Record<QueueMessage['kind'], Check> = {
  event: pullRequest,
  wantSlot: (fields) => pullRequest(fields) && typeof fields.priority === 'number',
  releaseSlot: (fields) => pullRequest(fields) && (fields.fenced === undefined || isReach(fields.fenced)),
  wantGrant: landing,
  seize: landing,
  wantTurn: landing,
  keep: landing,
  hold: landing,
  presume: landing,
  releaseGrant: changeset,
  decided: changeset,
  ended: (fields) => pullRequest(fields) && (fields.handedOn === undefined || handedOn(fieldsOf(fields.handedOn))),
  missed: pullRequest,
  unheard: (fields) => pullRequest(fields) && person(fieldsOf(fields.order)),
  gone: changeset,
  pause: (fields) => command(fields) && typeof fields.reason === 'string' && isTime(fields.writtenAt),
  resume: (fields) => command(fields) && isTime(fields.writtenAt),
  skip: (fields) => command(fields) && pullRequest(fields),
  withdraw: (fields) => command(fields) && pullRequest(fields),
  refused: person,
};

/** It is of a kind that is known, and has what that kind says. */
function passes(checks: Record<string, Check>, payload: unknown): boolean {
  const fields = fieldsOf(payload);
  const check = Object.entries(checks).find(([kind]) => kind === fields.kind);
  return check?.[1](fields) ?? false;
}

/** A message to the queue, or its refusal as one. */
export function readQueueMessage(payload: unknown): QueueMessage {
  if (passes(QUEUE_MESSAGES, payload)) return payload as QueueMessage;
  const found = (JSON.stringify(payload) ?? 'nothing').slice(0, 200);
  return { kind: 'refused', by: 'toQueue', answer: `signal toQueue was not understood, found ${found}` };
}

const ORDERS: Record<PipelineOrder['kind'], Check> = {
  slot: (fields) => isReach(fields.fences),
  fences: (fields) => isReach(fields.fences),
  changed: () => true,
  refresh: () => true,
  skip: person,
  withdraw: person,
};

export function isOrder(payload: PipelineOrder): boolean {
  return passes(ORDERS, payload);
}

const tips = (list: unknown) =>
  Array.isArray(list) &&
  list.every((one) => typeof fieldsOf(one).repository === 'string' && typeof fieldsOf(one).commit === 'string');

const CHANGESET_ORDERS: Record<ChangesetOrder['kind'], Check> = {
  skip: (fields) => person(fields) && typeof fields.reason === 'string',
  stop: (fields) => typeof fields.why === 'string',
  go: () => true,
  tell: () => true,
  shown: (fields) => tips(fields.heads) && isTime(fields.at),
};

export function isChangesetOrder(payload: ChangesetOrder): boolean {
  return passes(CHANGESET_ORDERS, payload);
}

const GRANT_ANSWERS: Record<GrantAnswer['kind'], Check> = {
  granted: () => true,
  recall: () => true,
  tell: () => true,
  waits: (fields) => typeof fields.why === 'string',
};

export function isGrantAnswer(payload: GrantAnswer): boolean {
  return passes(GRANT_ANSWERS, payload);
}

export function isProgress(payload: ProgressMessage): boolean {
  const { name, phase } = fieldsOf(payload);
  return typeof name === 'string' && typeof fieldsOf(phase).at === 'string';
}
