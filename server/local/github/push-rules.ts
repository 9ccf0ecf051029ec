/** Judges a push: what is refused at once, and what the receive hook has to look for. */
import { passedAndFailed } from './checks.ts';
import type { Hub } from './hub.ts';
import type { PushReport } from './pkt-line.ts';
import { REFUSAL } from './receive-hook.ts';
import { bindingRules, type RefChange, type Subject, violationsOfPush } from './rules.ts';
import type { Actor, Repository } from './types.ts';
import { subjectOf } from './users.ts';
import { repositoryPage } from './views/repository.ts';

export interface Violation {
  ref: string;
  lines: string[];
}

export interface Judgement {
  violations: Violation[];
  /** Environment of the receive hook. */
  hook: Record<string, string>;
}

export function judgePush(
  hub: Hub,
  repository: Repository,
  push: { changes: RefChange[]; actor: Extract<Actor, { login: string }> },
): Judgement {
  const subject: Subject = subjectOf(hub, repository, push.actor.login);
  const judged = push.changes.map((change) => {
    const on = { ref: change.ref, defaultBranch: repository.defaultBranch };
    const rules = bindingRules(repository.rulesets, on, { subject, occasion: 'push' });
    return { change, rules, lines: violationsOfPush(rules, change, passedAndFailed(repository, change.new)) };
  });
  const refsWith = (type: string) =>
    judged.filter(({ rules }) => rules.some((rule) => rule.type === type)).map(({ change }) => change.ref);
  const mayTouchWorkflows = push.actor.kind === 'person' || push.actor.permissions.workflows === 'write';
  return {
    violations: judged.filter(({ lines }) => lines.length > 0).map(({ change, lines }) => ({ ref: change.ref, lines })),
    hook: {
      GITHUB_FAST_FORWARD: ` ${refsWith('non_fast_forward').join(' ')} `,
      GITHUB_LINEAR: ` ${refsWith('required_linear_history').join(' ')} `,
      GITHUB_NO_WORKFLOWS: mayTouchWorkflows ? '' : '1',
    },
  };
}

/** What the hook refused, out of the messages it wrote. */
export function violationsInMessages(messages: string): Violation[] {
  const violations = new Map<string, string[]>();
  for (const [, ref, reason] of messages.matchAll(new RegExp(`^${REFUSAL} (\\S+) (.+)$`, 'gm'))) {
    if (ref !== undefined && reason !== undefined) violations.set(ref, [...(violations.get(ref) ?? []), reason]);
  }
  return [...violations].map(([ref, lines]) => ({ ref, lines }));
}

/** GitHub's answer to a push that breaks rules: the whole push is declined, each offending ref with its reason. */
export function refusalOf(
  hub: Hub,
  repository: Repository,
  declined: { changes: RefChange[]; violations: Violation[] },
): PushReport {
  const messages = declined.violations.map(({ ref, lines }) => messageOf(hub, repository, { ref, lines })).join('');
  const refused = declined.changes.map(({ ref }) => {
    const violation = declined.violations.find((one) => one.ref === ref);
    return { ref, reason: violation === undefined ? 'pre-receive hook declined' : reasonOf(violation) };
  });
  return { messages, ok: [], refused };
}

const isWorkflowRefusal = (violation: Violation) => violation.lines[0]?.startsWith('refusing to allow') === true;

function reasonOf(violation: Violation): string {
  const [first] = violation.lines;
  return isWorkflowRefusal(violation) && first !== undefined
    ? first
    : 'push declined due to repository rule violations';
}

function messageOf(hub: Hub, repository: Repository, violation: Violation): string {
  if (isWorkflowRefusal(violation)) return '';
  const url = `${repositoryPage(hub, repository)}/rules?ref=${encodeURIComponent(violation.ref)}`;
  const lines = [
    `error: GH013: Repository rule violations found for ${violation.ref}.`,
    `Review all repository rules at ${url}`,
    '',
    ...violation.lines.flatMap((line) => [`- ${line}`, '']),
  ];
  return `${lines.join('\n')}\n`;
}
