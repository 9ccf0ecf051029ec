/** The answer to a command, on its way back to whoever waits for it: the run that reads a comment. */

/** Where an answer goes. A command that came by a signal from a shell has none: its answer stands in `status`. */
export interface ReplyTo {
  workflowId: string;
  /** Which of the comment's lines, from 1. */
  line: number;
}

export interface Reply {
  line: number;
  /** Why it was not done. */
  refused?: string;
  /** What there is to know beyond that it was done. */
  remark?: string;
}

export function replyWith(to: ReplyTo, about: Omit<Reply, 'line'>): { workflowId: string; reply: Reply } {
  return { workflowId: to.workflowId, reply: { line: to.line, ...about } };
}
