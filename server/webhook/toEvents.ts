/** A webhook's payload → the pull requests that may have changed. A payload is a hint: facts are read again from the API. */
import { APP_EVENTS, CHECK } from '../../src/app.ts';
import { mayHaveCommands } from '../../src/commands/grammar.ts';
import type { ServerEvent } from '../../workflows/messages.ts';

export type Reading =
  | { kind: 'events'; events: ServerEvent[] }
  /** Somebody may ask for something in it. */
  | { kind: 'comment'; comment: number }
  | { kind: 'ignored'; why: string };

const ACTIONS = new Set([
  'opened',
  'reopened',
  'synchronize',
  'ready_for_review',
  'converted_to_draft',
  'closed',
  'edited',
]);

export interface Delivery {
  event: string;
  id: string;
  payload: unknown;
}

export function toEvents(delivery: Delivery, about: { coordinator: string; appSlug?: string }): Reading {
  const { event, id } = delivery;
  const payload = fields(delivery.payload);
  const action = text(payload.action);
  if (!APP_EVENTS.includes(event)) return ignored(`event ${event}`);
  const repository = text(fields(payload.repository).full_name);
  if (repository?.toLowerCase() !== about.coordinator.toLowerCase()) return ignored('another repository');
  if (event === 'issue_comment') return commentIn(payload);
  const sender = text(fields(payload.sender).login);
  if (event === 'check_run') {
    if (action !== 'rerequested' || text(fields(payload.check_run).name) !== CHECK) return ignored('check_run');
    return found(pullRequestsOf(payload.check_run), id);
  }
  if (action === undefined || !ACTIONS.has(action)) return ignored(`action ${action ?? 'missing'}`);
  // Only what the bot itself did is dropped: other bots open manifest pull requests too.
  if (about.appSlug !== undefined && sender === `${about.appSlug}[bot]`) return ignored('own event');
  return found([number(fields(payload.pull_request).number)], id);
}

/** Only what can be a command starts a run; whether it is one is read from GitHub. */
function commentIn(payload: Record<string, unknown>): Reading {
  const { id, body } = fields(payload.comment);
  const comment = number(id);
  const isBot = text(fields(fields(payload.comment).user).type) === 'Bot';
  if (payload.action !== 'created' || isBot || fields(payload.issue).pull_request === undefined)
    return ignored('comment');
  return comment !== undefined && mayHaveCommands(text(body) ?? '')
    ? { kind: 'comment', comment }
    : ignored('no command');
}

function found(numbers: (number | undefined)[], delivery: string): Reading {
  const events = numbers.flatMap((pullRequest) => (pullRequest === undefined ? [] : [{ pullRequest, delivery }]));
  return events.length > 0 ? { kind: 'events', events } : ignored('no pull request');
}

function pullRequestsOf(checkRun: unknown): (number | undefined)[] {
  const list = fields(checkRun).pull_requests;
  return Array.isArray(list) ? list.slice(0, 20).map((one) => number(fields(one).number)) : [];
}

function ignored(why: string): Reading {
  return { kind: 'ignored', why };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
