/** What a pipeline knows of itself, as a value, and the view that people are shown of it. */
import { type Commit, type Outcome, type Status, statusOf, type Tip } from '../changeset.ts';
import type { Plan, PlannedChangeset } from '../plan/plan.ts';
import { type Phase, type Progress, phaseOf } from '../plan/progress.ts';
import { collide, type Fence, reachOf } from '../queue/fence.ts';
import type { ChangesetView, PipelineStage, PipelineView, TestView } from './view.ts';

export interface Picture {
  coordinator: string;
  pullRequest: number;
  /** Absent until the manifest was read. */
  plan?: Plan;
  /** Of other pull requests' landings, as the queue told with the slot. */
  fences: Fence[];
  stage: PipelineStage;
  /** The pull request's head as far as it is ours: pinned, or the last status commit. */
  tip: Commit;
  progress: Progress;
  details: Record<string, Details>;
  /** The last refused commands. */
  refusals: string[];
}

interface Details {
  heads: Tip[];
  tests?: TestView;
  endedAt?: string;
  /** What it had come to before it was looked at again. */
  before?: Outcome;
}

/** What a changeset tells of itself. */
export interface Told {
  name: string;
  phase: Phase;
  heads?: Tip[];
  tests?: TestView;
  refused?: string;
}

const REFUSALS_SHOWN = 5;

export function takeTold(picture: Picture, told: Told): Picture {
  const { name, phase, heads = [], tests, refused } = told;
  const before = picture.details[name];
  const ended = outcomeOf(picture, name);
  // The outcome itself comes as the changeset's result, and nothing that is told late takes it back: only another run does,
  // as long as there is somebody to follow it.
  const isAtWork = picture.stage.at === 'waiting' || picture.stage.at === 'running';
  const isAnotherRun = phase.at === 'looking' && isAtWork;
  const keeps = phase.at === 'ended' || (ended !== undefined && !isAnotherRun);
  const known = {
    ...before,
    heads: heads.length > 0 ? heads : (before?.heads ?? []),
    ...(tests && { tests }),
    ...(!keeps && ended !== undefined && { before: ended }),
  };
  return {
    ...picture,
    progress: keeps ? picture.progress : { ...picture.progress, [name]: phase },
    details: { ...picture.details, [name]: known },
    refusals: refused === undefined ? picture.refusals : [...picture.refusals, refused].slice(-REFUSALS_SHOWN),
  };
}

export function takeRefusal(picture: Picture, why: string): Picture {
  return { ...picture, refusals: [...picture.refusals, why].slice(-REFUSALS_SHOWN) };
}

/** `at`: ISO 8601. */
export function takeEnd(picture: Picture, end: { name: string; outcome: Outcome; at: string }): Picture {
  const { name, outcome, at } = end;
  const before = picture.details[name] ?? { heads: [] };
  return {
    ...picture,
    progress: { ...picture.progress, [name]: { at: 'ended', outcome: withoutLog(outcome) } },
    details: { ...picture.details, [name]: { ...before, endedAt: at } },
  };
}

/** Whether another run looks at what stands of one that had ended, in this pipeline or before it (PROTOCOL 10). */
export function isLookedAtAgain({ plan, details }: Picture, name: string): boolean {
  return details[name]?.before !== undefined || plan?.final.some((entry) => entry.name === name) === true;
}

/** The run that looked again was ended by hand: what it had come to before holds until the next one looks. */
export function forgetLook(picture: Picture, name: string): Picture {
  const outcome = picture.details[name]?.before;
  if (outcome !== undefined) return { ...picture, progress: { ...picture.progress, [name]: { at: 'ended', outcome } } };
  const { [name]: _, ...progress } = picture.progress;
  const { [name]: __, ...details } = picture.details;
  return { ...picture, progress, details };
}

/** The log's end is in the changeset's own comment; here it would travel through history with every report. */
function withoutLog(outcome: Outcome): Outcome {
  if (outcome.kind !== 'failed' || outcome.reason.kind !== 'tests') return outcome;
  const { result } = outcome.reason;
  return { ...outcome, reason: { kind: 'tests', result: { ...result, log: { ...result.log, tail: '' } } } };
}

export function outcomeOf(picture: Picture, name: string): Outcome | undefined {
  const phase = phaseOf(picture.progress, name);
  return phase.at === 'ended' ? phase.outcome : undefined;
}

/** The statuses that this run has come to; of one that was looked at again the earlier one first. */
export function statusesOf({ progress, details }: Picture): { name: string; status: Status }[] {
  return Object.entries(progress).flatMap(([name, phase]) => {
    const outcomes = [details[name]?.before, phase.at === 'ended' ? phase.outcome : undefined];
    const statuses = outcomes.flatMap((outcome) => (outcome && statusOf(outcome)) ?? []);
    return [...new Set(statuses)].map((status) => ({ name, status }));
  });
}

export function viewOf(picture: Picture): PipelineView {
  const { coordinator, pullRequest, plan, tip, stage, refusals } = picture;
  const changesets = (plan?.changesets ?? []).map((changeset) => changesetView(picture, changeset));
  const final = (plan?.final ?? []).map(({ name, line, status }): ChangesetView => {
    const entry = { name, line, phase: phaseOf(picture.progress, name), members: [], after: [] };
    return picture.progress[name] === undefined ? { ...entry, status } : entry;
  });
  return {
    coordinator,
    pullRequest,
    manifest: plan?.manifest ?? '',
    head: tip,
    stage,
    parallelism: plan?.parallelism ?? 1,
    changesets: [...changesets, ...final],
    refusals,
  };
}

function changesetView(picture: Picture, changeset: PlannedChangeset): ChangesetView {
  const { name, line, members, after } = changeset;
  const known = picture.details[name];
  const phase = phaseOf(picture.progress, name);
  const left = after.filter((other) => phaseOf(picture.progress, other).at !== 'ended');
  const fence = phase.at === 'waiting' && left.length === 0 ? fenceOf(picture, changeset) : undefined;
  return {
    name,
    line,
    phase,
    members: members.map((member) => {
      const head = known?.heads.find((tip) => tip.repository === member.repository)?.commit;
      return { ...member, ...(head !== undefined && { head }) };
    }),
    after: left,
    ...(fence && { behind: fence }),
    ...(known?.tests && { tests: known.tests }),
    ...(known?.endedAt !== undefined && { endedAt: known.endedAt }),
  };
}

/** The landing of another pull request that a changeset would have to wait for. */
export function fenceOf({ plan, fences }: Picture, changeset: PlannedChangeset): Fence | undefined {
  const reach = reachOf(changeset, plan?.interference ?? 'repositories');
  return fences.find((fence) => collide(fence, reach));
}
