/**
 * Does what a comment asks for, line by line, and answers it: one run for each comment, ever. Who receives a command judges it as one
 * that came from a shell, and says what became of it.
 */
import { condition, getExternalWorkflowHandle, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Heard } from '../activities/types.ts';
import { changesetWorkflowId, commentWorkflowId, QUEUE_WORKFLOW_ID } from '../src/changeset.ts';
import type { Asked } from '../src/commands/grammar.ts';
import type { Reply } from '../src/commands/reply.ts';
import { reading, reporting } from './ask.ts';
import * as messages from './messages.ts';
import { readReply } from './replies.ts';

/** A pause is answered once every landing that was granted has decided: nothing takes longer. */
const ANSWERED_WITHIN = '1 hour';

type Told = Extract<Heard, { kind: 'asked' }>;

export async function comment(input: messages.CommentInput): Promise<void> {
  const { coordinator, comment: id } = input;
  const replies = new Map<number, Reply>();
  setHandler(messages.answered, (payload) => {
    const reply = readReply(payload);
    if (reply !== undefined) replies.set(reply.line, reply);
  });
  let sentence = 'Reads what a comment asks for.';
  setHandler(messages.status, () => ({ sentence }));
  setCurrentDetails(sentence);
  const { hearComment } = reading('Read what the comment asks for');
  const heard = await hearComment({ coordinator, comment: id });
  if (heard.kind === 'nothing') return;

  sentence = `Does what ${heard.by} asks for.`;
  setCurrentDetails(sentence);
  const sent: number[] = [];
  for (const [i, { asked }] of heard.lines.entries()) {
    const line = i + 1;
    if (asked === undefined || asked.verb === 'help') continue;
    const refused = await send(coordinator, { told: heard, asked, line }, commentWorkflowId(coordinator, id));
    if (refused !== undefined) replies.set(line, { line, refused });
    sent.push(line);
  }
  await condition(() => sent.every((line) => replies.has(line)), ANSWERED_WITHIN);
  const { answerComment } = reporting(`Answer ${heard.by}`);
  await answerComment({ coordinator, comment: id, heard, replies: [...replies.values()] });
}

interface Order {
  told: Told;
  asked: Exclude<Asked, { verb: 'help' }>;
  line: number;
}

/** Why nobody could be told; `undefined`: it was sent. */
async function send(
  coordinator: string,
  { told, asked, line }: Order,
  workflowId: string,
): Promise<string | undefined> {
  const { pullRequest, by, writtenAt } = told;
  const common = { by, at: writtenAt, replyTo: { workflowId, line } };
  const queue = getExternalWorkflowHandle(QUEUE_WORKFLOW_ID);
  const changeset = (name: string) =>
    getExternalWorkflowHandle(changesetWorkflowId({ coordinator, pullRequest, name }));
  const unless = (refused: string) => [() => undefined, () => refused] as const;
  const notThere = (name: string) => unless(`no changeset ${name} of this pull request is at work now`);
  const noQueue = unless('there is no queue yet: nothing has been at work here');
  switch (asked.verb) {
    case 'approve':
      return changeset(asked.changeset)
        .signal(messages.approve, { ...common, commit: asked.commits })
        .then(...notThere(asked.changeset));
    case 'skip':
      return changeset(asked.changeset)
        .signal(messages.skip, { ...common, reason: asked.reason })
        .then(...notThere(asked.changeset));
    case 'resolve':
      return changeset(asked.changeset)
        .signal(messages.resolve, { ...common, action: asked.action })
        .then(...notThere(asked.changeset));
    case 'skip-all':
      return queue.signal(messages.skip, { ...common, pr: pullRequest, reason: asked.reason }).then(...noQueue);
    case 'withdraw':
      return queue.signal(messages.withdraw, { ...common, pr: pullRequest }).then(...noQueue);
    case 'pause':
      return queue.signal(messages.pause, { ...common, reason: asked.reason }).then(...noQueue);
    case 'resume':
      return queue.signal(messages.resume, common).then(...noQueue);
  }
}
