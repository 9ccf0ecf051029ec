/** Signals of workflows to others, on their way: the server keeps no order among them. */
import type { Step } from './activityTasks.ts';
import { fromPayload } from './payloads.ts';
import type { Run } from './run.ts';
import type { Command, Job } from './sandbox.ts';

export interface Letters {
  send(from: Run, command: Command): void;
  steps(): Step[];
}

const NOT_FOUND = {
  message: 'not found',
  externalWorkflowFailureInfo: {},
  applicationFailureInfo: { type: 'NotFound' },
};

export function createLetters(about: {
  /** Whether somebody received it. */
  signal(workflowId: string, name: string, ...args: unknown[]): boolean;
  deliver(run: Run, job: Job): void;
}): Letters {
  const open: Step[] = [];
  return {
    steps: () => open,
    send(from, command) {
      const { seq, workflowExecution, signalName, args } = command.signalExternalWorkflowExecution ?? {};
      const to = workflowExecution?.workflowId ?? '';
      const letter: Step = {
        name: `signal ${signalName} from ${from.workflowId} to ${to}`,
        do() {
          open.splice(open.indexOf(letter), 1);
          // The server forgets what a run sent that has ended meanwhile.
          if (from.status !== 'RUNNING') return;
          const received = about.signal(to, signalName ?? '', ...(args ?? []).map(fromPayload));
          const answer = { seq, ...(!received && { failure: NOT_FOUND }) };
          about.deliver(from, { resolveSignalExternalWorkflow: answer } as Job);
        },
      };
      open.push(letter);
    },
  };
}
