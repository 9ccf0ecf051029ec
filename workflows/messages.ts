/**
 * Everything that is said between workflows, people and the server: signals, queries, inputs. Payloads from a shell can
 * have any shape: what people send is checked by `read…` here, and refused visibly.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Approve, Resolve } from '../src/attempt/state.ts';
import type { ChangesetId, Commit } from '../src/changeset.ts';
import type { Stray } from '../src/landing/stray.ts';
import type { PipelineState } from '../src/pipeline/state.ts';
import type { ChangesetOrder, ProgressMessage } from '../src/pipeline/take.ts';
import type { Interference, PlannedChangeset } from '../src/plan/plan.ts';
import type { HandedOn } from '../src/queue/handedOn.ts';
import type { GrantAnswer, PipelineOrder, QueueMessage } from '../src/queue/reduce.ts';
import type { QueueState } from '../src/queue/state.ts';

// -------------------------------------------------------------------------------------------------------------- inputs

/** Input of `queue`; absent parts mean a first start. Old shapes stay readable: `v` says which it is. */
export interface QueueInput {
  v: 1;
  coordinator: string;
  /** `https://github.com`: base of the links in the details of workflows. */
  serverUrl?: string;
  /** Carried over continue-as-new. */
  state?: QueueState;
  /** Messages that had come but were not taken yet. */
  inbox?: QueueMessage[];
  /** Signals that one run takes before it continues as new; default 1,000 (a run takes at most 10,000). */
  signalsPerRun?: number;
}

export interface PipelineInput {
  v: 1;
  coordinator: string;
  pullRequest: number;
  /** Of the pull request. */
  url?: string;
  /** By the pipeline of the same pull request before this one. */
  handedOn?: HandedOn;
  /** Carried over continue-as-new. */
  state?: PipelineState;
  /** Events of history after which it continues as new, besides Temporal's own suggestion. */
  eventsPerRun?: number;
}

export interface PipelineResult {
  outcome: 'ignored' | 'invalid' | 'merged' | 'stuck' | 'superseded' | 'closed' | 'withdrawn';
  /** The pull request has a head that no pipeline has worked on yet. */
  again: boolean;
  /** To the next pipeline of the same pull request. */
  handedOn?: HandedOn;
}

export interface ChangesetInput {
  v: 1;
  id: ChangesetId;
  changeset: PlannedChangeset;
  /** The manifest's commit that this run was begun for. */
  manifestHead: Commit;
  author: string;
  interference: Interference;
  timeoutMs: number;
  approvalTimeoutMs: number;
  /** Begun because something of it stands, or is fenced, after it had ended. */
  stray?: Stray;
  /** After this long without an answer from GitHub people are told that a landing waits; default 30 s. */
  tellAfterMs?: number;
}

// ------------------------------------------------------------------------------------------------------------- signals

/** From the server: hints that pull requests may have changed, in groups. */
export interface ServerEvent {
  pullRequest: number;
  delivery?: string;
}

export const events = defineSignal<[unknown]>('events');
export const pause = defineSignal<[unknown]>('pause');
export const resume = defineSignal<[unknown]>('resume');
export const skip = defineSignal<[unknown]>('skip');
export const withdraw = defineSignal<[unknown]>('withdraw');
export const approve = defineSignal<[unknown]>('approve');
export const resolve = defineSignal<[unknown]>('resolve');

/** Pipelines and changesets to the queue. */
export const toQueue = defineSignal<[QueueMessage]>('toQueue');
/** The queue to a pipeline. */
export const order = defineSignal<[PipelineOrder]>('order');
/** The queue to a changeset. */
export const grant = defineSignal<[GrantAnswer]>('grant');
/** A changeset to its pipeline. */
export const progress = defineSignal<[ProgressMessage]>('progress');
/** A pipeline to a changeset. */
export const orders = defineSignal<[ChangesetOrder]>('orders');

// ------------------------------------------------------------------------------------------------------------- queries

export const status = defineQuery<unknown>('status');

export type { ChangesetStatus } from '../src/attempt/status.ts';

// ------------------------------------------------------------------------------------------- reading what people send

type Read<T> = { ok: T } | { refused: string };

export function readApprove(payload: unknown): Read<Approve> {
  const fields = fieldsOf(payload);
  const by = text(fields.by);
  if (by === undefined) return refuse('approve', '{"by":"<your name>"}', payload);
  const commits = [fields.commit ?? []].flat().map(text);
  if (commits.some((commit) => commit === undefined || !/^[0-9a-f]{7,40}$/.test(commit))) {
    return refuse('approve', '{"by":"<your name>","commit":"<7 to 40 hexadecimal digits>"}', payload);
  }
  return { ok: { by, commits: commits.filter((commit) => commit !== undefined) } };
}

export function readSkip(payload: unknown): Read<{ by: string; reason: string; pullRequest?: number }> {
  const fields = fieldsOf(payload);
  const by = text(fields.by);
  if (by === undefined) return refuse('skip', '{"by":"<your name>","reason":"<why>"}', payload);
  const pullRequest = count(fields.pr);
  return { ok: { by, reason: text(fields.reason) ?? 'no reason given', ...(pullRequest && { pullRequest }) } };
}

export function readPause(payload: unknown): Read<{ by: string; reason: string }> {
  const fields = fieldsOf(payload);
  const by = text(fields.by);
  const reason = text(fields.reason);
  if (by === undefined || reason === undefined) {
    return refuse('pause', '{"by":"<your name>","reason":"<why>"}', payload);
  }
  return { ok: { by, reason } };
}

export function readResume(payload: unknown): Read<{ by: string }> {
  const by = text(fieldsOf(payload).by);
  return by === undefined ? refuse('resume', '{"by":"<your name>"}', payload) : { ok: { by } };
}

export function readWithdraw(payload: unknown): Read<{ by: string; pullRequest: number }> {
  const fields = fieldsOf(payload);
  const by = text(fields.by);
  const pullRequest = count(fields.pr);
  if (by === undefined || pullRequest === undefined) return refuse('withdraw', '{"pr":12,"by":"<your name>"}', payload);
  return { ok: { by, pullRequest } };
}

export function readResolve(payload: unknown): Read<Resolve> {
  const fields = fieldsOf(payload);
  const by = text(fields.by);
  const { action } = fields;
  if (by === undefined || (action !== 'finish' && action !== 'undo' && action !== 'check')) {
    return refuse('resolve', '{"action":"finish" or "undo" or "check","by":"<your name>"}', payload);
  }
  return { ok: { action, by } };
}

/** Signals from the server are our own, but anyone can send one: entries that are none are dropped. */
export function readEvents(payload: unknown): ServerEvent[] {
  if (!Array.isArray(payload)) return [];
  return payload.slice(0, 1000).flatMap((one) => {
    const fields = fieldsOf(one);
    const pullRequest = count(fields.pullRequest);
    const delivery = text(fields.delivery);
    return pullRequest === undefined ? [] : [{ pullRequest, ...(delivery !== undefined && { delivery }) }];
  });
}

function fieldsOf(payload: unknown): Record<string, unknown> {
  return typeof payload === 'object' && payload !== null ? { ...payload } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 500) : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function refuse(signal: string, expected: string, found: unknown): { refused: string } {
  return { refused: `signal ${signal} was not understood: expected ${expected}, found ${printed(found)}` };
}

function printed(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200);
}
