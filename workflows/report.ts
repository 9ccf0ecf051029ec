/**
 * Tells people what an attempt came to, as a workflow of its own: Slack, or GitHub's comments, may be away for hours, and neither
 * the queue nor a merge waits for them.
 */
import { TypedSearchAttributes } from '@temporalio/common';
import { condition, ParentClosePolicy, setCurrentDetails, setHandler, startChild } from '@temporalio/workflow';
import { changesetLabel, type Outcome, reportWorkflowId } from '../src/changeset.ts';
import { notifying, reporting } from './ask.ts';
import { type ReportInput, status } from './messages.ts';
import { CHANGESET, PULL_REQUEST, REPOSITORY } from './visibility.ts';

export async function report(input: ReportInput): Promise<void> {
  const sentence = `Tells people what ${input.id.name} came to.`;
  setHandler(status, () => ({ sentence }));
  setCurrentDetails(sentence);
  await Promise.all(tellings(input).map(survives));
}

function tellings({ id, attempt, outcome, calls }: ReportInput): Promise<void>[] {
  const { name } = id;
  const { commentOperator } = reporting(`Tell what came of the operators' answers for ${name}`);
  const { foldEarlier } = reporting(`Fold earlier comments on ${name}`);
  const told = calls.map((call) => commentOperator({ id, attempt, call }));
  if (outcome.kind !== 'stopped') told.push(foldEarlier({ id, attempt, outcome }));
  return [...told, ...tellingsOf(outcome, { id, attempt })];
}

function tellingsOf(outcome: Outcome, { id, attempt }: Pick<ReportInput, 'id' | 'attempt'>): Promise<void>[] {
  switch (outcome.kind) {
    case 'landed': {
      const { tellMembers } = reporting(`Tell the pull requests of the branches that ${id.name} landed`);
      return outcome.nothingToLand ? [] : [tellMembers({ id, outcome })];
    }
    case 'failed':
    case 'rolledBack': {
      const { commentFailure } = reporting(`Tell why ${id.name} failed`);
      const { notify } = notifying('Tell the team');
      return [commentFailure({ id, outcome, attempt }), notify({ id, what: outcome })];
    }
    case 'skipped':
    case 'stopped':
      return [];
  }
}

/** When all is well, people read why something failed before the pull request is merged. */
const PATIENCE = '10 seconds';

/** Has it told, and waits a moment where it failed. */
export async function haveReported(input: ReportInput): Promise<void> {
  const { id, attempt, outcome } = input;
  const child = await startChild(report, {
    workflowId: reportWorkflowId(id, attempt),
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `What ${id.name} came to`,
    staticDetails: `Tells people what **${changesetLabel(id)}** came to.`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: REPOSITORY, value: [id.coordinator] },
      { key: PULL_REQUEST, value: id.pullRequest },
      { key: CHANGESET, value: id.name },
    ]),
  });
  let over = false;
  void survives(child.result()).then(() => {
    over = true;
  });
  if (outcome.kind === 'failed' || outcome.kind === 'rolledBack') await condition(() => over, PATIENCE);
}

/** Telling people must never keep a changeset from its end: what is refused for good is left to the worker's log. */
export async function survives(telling: Promise<void>): Promise<void> {
  await telling.catch(() => undefined);
}
