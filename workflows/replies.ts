/** Answers to commands, and where they are wanted, read from signals that may have any shape. */

import { COMMENT_WORKFLOWS } from '../src/changeset.ts';
import type { Reply, ReplyTo } from '../src/commands/reply.ts';
import { fieldsOf } from './fields.ts';

/** What is no run that reads a comment is told nothing: anyone may send a signal. */
export function readReplyTo(payload: unknown): { replyTo?: ReplyTo } {
  const { workflowId, line } = fieldsOf(fieldsOf(payload).replyTo);
  if (typeof workflowId !== 'string' || !RUN.test(workflowId) || !isLine(line)) return {};
  return { replyTo: { workflowId, line } };
}

const RUN = new RegExp(`^${COMMENT_WORKFLOWS}[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}/[0-9]{1,16}$`);

export function readReply(payload: unknown): Reply | undefined {
  const { line, refused, remark } = fieldsOf(payload);
  if (!isLine(line)) return undefined;
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 1000) : undefined);
  const [why, more] = [text(refused), text(remark)];
  return { line, ...(why !== undefined && { refused: why }), ...(more !== undefined && { remark: more }) };
}

function isLine(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
