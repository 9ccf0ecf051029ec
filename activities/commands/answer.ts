/** The answer that a comment with commands gets: a reaction, and a comment where there is something to say. */
import { answerMarker, answerComment as bodyOf, isRefused } from '../../src/report/answer.ts';
import type { ControlDeps } from '../deps.ts';
import type { AnswerRequest } from '../types.ts';

export async function answerComment(deps: ControlDeps, request: AnswerRequest): Promise<void> {
  const { comment, heard, replies } = request;
  const body = bodyOf(heard, replies);
  if (body !== undefined) {
    await deps.forge.publishComment(heard.pullRequest, {
      marker: answerMarker(heard.stranger ? heard.by.toLowerCase() : comment),
      body,
    });
  }
  await deps.forge.react(comment, isRefused(heard, replies) ? 'refused' : 'done');
}
