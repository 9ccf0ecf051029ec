/** The comment that calls for an operator, and what becomes of it: what was chosen, by whom, and what came of it. */
import type { ChangesetId, Commit, Outcome, RepositoryName } from '../changeset.ts';
import { changesetWorkflowId, toLand } from '../changeset.ts';
import type { Finding, Standing, StateAt } from '../landing/state.ts';
import type { ResolveAction } from '../landing/steps.ts';
import { changesetSignal, type Links, NAME_PLACEHOLDER, workflowLink } from './links.ts';
import { outcomeSentence } from './phases.ts';
import { capital, code, inline } from './text.ts';
import { RESOLVE_ACTIONS } from './view.ts';

/** One of an attempt's calls for an operator. */
export interface OperatorCall {
  /** 1 for the attempt's first. */
  number: number;
  reason: string;
  findings: Finding[];
  /** Once somebody resolved it. */
  answer?: OperatorAnswer;
}

export interface OperatorAnswer {
  action: ResolveAction;
  by: string;
  /** Once it is known; `again`: an operator is needed still, which has a call of its own. */
  result?: Outcome | { kind: 'again' };
}

/** Every call has a comment of its own: an edit reaches nobody who is mentioned in it. */
export function operatorMarker(name: string, attempt: string, call: number): string {
  return `<!-- lockstep ${name}:${attempt}:operator:${call} -->`;
}

export function operatorComment(about: {
  id: ChangesetId;
  call: OperatorCall;
  attempt: string;
  mention?: string;
  links: Links;
}): string {
  const { id, call, attempt, links } = about;
  const { number, reason, answer } = call;
  const link = workflowLink(links, changesetWorkflowId(id));
  return [
    operatorMarker(id.name, attempt, number),
    `### ${title(id.name, answer)}`,
    '',
    ...(answer === undefined ? [] : [answerSentence(answer), '']),
    `${capital(inline(reason))}. ${answer === undefined ? OPEN : ''}`.trim(),
    ...table(call.findings),
    ...(answer === undefined ? asks(about) : []),
    ...(link === undefined ? [] : ['', `[Its history in Temporal](${link})`]),
  ].join('\n');
}

const OPEN =
  'It may stand in some of its repositories and not in others; until it is resolved, no other changeset lands in them.';

function title(name: string, answer: OperatorAnswer | undefined): string {
  if (answer === undefined) return `🚨 ${name} needs an operator`;
  switch (answer.result?.kind) {
    case undefined:
      return `⏳ ${name} needs an operator · ${answer.action} is at work`;
    case 'again':
      return `🚨 ${name} still needs an operator · see the newer comment`;
    case 'landed':
      return `✅ ${name} needed an operator · landed`;
    default:
      return `↩️ ${name} needed an operator · resolved`;
  }
}

const CHOSEN: Record<ResolveAction, string> = {
  finish: 'chose to finish it: what is missing is tested with what has landed, and lands',
  undo: 'chose to undo it: where it stands it is taken back by revert commits',
  check: 'asked to look again after a repair by hand',
};

function answerSentence({ action, by, result }: OperatorAnswer): string {
  const chosen = `**${inline(by)}** ${CHOSEN[action]}.`;
  if (result === undefined) return `${chosen} What comes of it is told here.`;
  if (result.kind === 'again') return `${chosen} That did not settle it; a newer comment asks again.`;
  return `${chosen} What came of it: ${inline(outcomeSentence(result))}`;
}

function table(findings: Finding[]): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map(
    (one) =>
      `| ${one.repository} | ${code(one.candidate.slice(0, 12))} | ${one.tip ? code(one.tip.slice(0, 12)) : '—'} | ${one.standing} |`,
  );
  return ['', '| Repository | Its commit | main then | There it |', '|---|---|---|---|', ...rows];
}

/** To be pasted, with a name in it. `call`: which one they answer; absent where that is not known. */
export function resolveCommands(
  id: ChangesetId,
  { links = {}, call }: { links?: Links; call?: number } = {},
): string[] {
  return RESOLVE_ACTIONS.map((action) =>
    changesetSignal(links, id, {
      name: 'resolve',
      changeset: id.name,
      input: { action, by: NAME_PLACEHOLDER, call },
    }),
  );
}

export const RESOLVE_MEANS =
  '`finish` lands what is missing after new tests, `undo` takes back what stands, `check` looks again after a repair by hand';

/** What an operator needs who has nothing but the `status` of its workflow. */
export interface OperatorView {
  where: {
    repository: RepositoryName;
    candidate: Commit;
    /** `main` when the candidate was made, and when it was last read. */
    base: Commit;
    main?: Commit;
    standing: Standing | 'not read';
    revertedBy?: Commit;
  }[];
  what: string;
  commands: string[];
}

/** `call`: its number. */
export function operatorView(
  id: ChangesetId,
  { vector, findings }: StateAt<'operator'>,
  about: { call: number; links: Links },
): OperatorView {
  const where = toLand(vector).map(({ repository, candidate, base }) => {
    const found = findings.find((finding) => finding.repository === repository);
    if (found === undefined) return { repository, candidate, base, standing: 'not read' as const };
    const { tip, ...read } = found;
    return { ...read, base, ...(tip !== undefined && { main: tip }) };
  });
  const what = `${RESOLVE_MEANS}. ${ENVIRONMENT}`;
  return { where, what, commands: resolveCommands(id, about) };
}

const ENVIRONMENT =
  'Put your own name into the command; `temporal` finds the server by TEMPORAL_ADDRESS, or by --address.';

function asks({
  id,
  call,
  mention,
  links,
}: {
  id: ChangesetId;
  call: OperatorCall;
  mention?: string;
  links: Links;
}): string[] {
  return [
    '',
    `**What you can do** ${RESOLVE_MEANS}:`,
    '',
    '```sh',
    ...resolveCommands(id, { links, call: call.number }),
    '```',
    ...(mention === undefined ? [] : ['', mention]),
  ];
}
