/** One sentence for what a changeset is doing or waiting for; the same wherever it is shown. */
import { type Outcome, type PinnedMember, toLand, type Vector } from '../changeset.ts';
import type { Carried, LandingState } from '../landing/state.ts';
import type { Half, Phase } from '../plan/progress.ts';

/** The phase that people see of a landing state. `since`: when GitHub stopped answering, ISO 8601; known from the decision on. */
export function phaseOfState(state: LandingState, seen: { why?: string; since?: string }): Phase {
  const since = seen.since === undefined ? {} : { since: seen.since };
  switch (state.at) {
    case 'looking':
      return { at: 'looking', ...since };
    case 'pinning':
      return { at: 'preparing', ...halfOf(state), ...since };
    case 'testing':
      return { at: 'testing', ...halfOf(state) };
    case 'approving':
      return { at: 'approval' };
    case 'staging':
    case 'rechecking':
      return { at: 'staging', ...halfOf(state), ...since };
    case 'granting':
      if (seen.why === undefined) return { at: 'staging' };
      return { at: 'granting', why: seen.why, ...(toLand(state.vector).length === 0 && { nothingToLand: true }) };
    case 'landing':
      return {
        at: 'landing',
        landed: [...landedBefore(state.vector).map(nameOf), ...state.landed],
        of: ours(state.vector).length,
        ...since,
      };
    case 'verifying':
      return state.expect.all === 'stand'
        ? { at: 'landing', landed: ours(state.vector).map(nameOf), of: ours(state.vector).length, ...since }
        : { at: 'rollingBack', ...since };
    case 'surveying':
    case 'compensating':
      return { at: 'rollingBack', ...since };
    case 'halting':
    case 'checking':
      return { at: 'halted', reason: state.reason, ...since };
    case 'operator':
      return { at: 'operator', reason: state.reason };
    case 'resolving': {
      const { action, by } = state;
      return { at: 'resolving', action, by, ...(seen.why !== undefined && { why: seen.why }) };
    }
    case 'cleaning':
    case 'ended':
      return { at: 'ended', outcome: state.outcome };
  }
}

/** Known by what halted until its members are pinned anew. */
function halfOf({ finishing, vector }: Carried & { vector?: Vector }): { half?: Half } {
  if (finishing === undefined) return {};
  if (vector !== undefined) return { half: { stand: landedBefore(vector).length, of: ours(vector).length } };
  const { halted, findings } = finishing;
  const stand = findings.filter(({ standing }) => standing === 'stands').length;
  return { half: { of: ours(halted).length, ...(findings.length > 0 && { stand }) } };
}

/** The members that Lockstep lands or has landed; not those that people merged. */
function ours({ members }: Vector): PinnedMember[] {
  return members.filter((member) => member.landedBefore || !member.alreadyMerged);
}

function landedBefore({ members }: Vector): PinnedMember[] {
  return members.filter((member) => member.landedBefore);
}

function nameOf({ repository }: PinnedMember): string {
  return repository;
}

/** The half landing that is being finished, where one is. */
export function halfIn(phase: Phase): Half | undefined {
  return 'half' in phase ? phase.half : undefined;
}

export function phaseSentence(phase: Phase): string {
  const half = halfIn(phase);
  const said = sentenceOf(phase);
  if (half === undefined) return said;
  const count = half.stand === undefined ? '' : `${half.stand} of ${half.of} stand; `;
  return `Finishes a half landing: ${count}${said.charAt(0).toLowerCase()}${said.slice(1)}`;
}

function sentenceOf(phase: Phase): string {
  switch (phase.at) {
    case 'waiting':
      return 'Waits for its turn.';
    case 'looking':
      return `It had ended before; looks at what of it stands on main of its repositories${waiting(phase)}.`;
    case 'preparing':
      return `Reads the branches and builds the merge commits that would land${waiting(phase)}.`;
    case 'testing':
      return 'Runs the integration tests with all of its branches together.';
    case 'approval':
      return 'Tests are green; waits for an approval.';
    case 'staging': {
      const asks = phase.half ? '' : ' asks the queue for it,';
      return `Prepares the landing,${asks} and looks once more whether anything moved${waiting(phase)}.`;
    }
    case 'granting':
      return `${phase.nothingToLand ? 'Everything in it is on main already' : 'Tests are green'}; waits ${phase.why}.`;
    case 'landing':
      return landingSentence(phase);
    case 'rollingBack':
      return phase.since === undefined
        ? 'Could not land everywhere: takes back what had landed.'
        : `Takes back what had landed${waiting(phase)}.`;
    case 'halted':
      return `Halted: ${phase.reason}. Reads what stands where${waiting(phase)}.`;
    case 'operator':
      return `Needs an operator: ${phase.reason}.`;
    case 'resolving':
      return `${phase.by} chose to ${phase.action} it; it ${phase.why === undefined ? 'asks the queue to go on' : `waits ${phase.why}`}.`;
    case 'ended':
      return outcomeSentence(phase.outcome);
  }
}

/** The word in `LockstepStatus`. */
export function phaseWord(phase: Phase): string {
  return phase.at === 'ended' ? phase.outcome.kind : phase.at;
}

function waiting({ since }: { since?: string }): string {
  return since === undefined ? '' : `; waiting for GitHub since ${clock(since)} UTC`;
}

/** How many have landed is told while it is known: pipelines hear of it only when one of the pushes keeps people waiting. */
function landingSentence({ landed, of, since }: Extract<Phase, { at: 'landing' }>): string {
  const count = `${landed.length} of ${of} landed`;
  if (since !== undefined) return `${count}, waiting for GitHub since ${clock(since)} UTC.`;
  if (landed.length > 0) return `Landing: ${count}.`;
  return of === 1 ? 'Lands.' : `Lands in ${of} repositories, one after another.`;
}

export function outcomeSentence(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'landed':
      return outcome.nothingToLand
        ? 'Landed: everything in it was on main already.'
        : `Landed on main of ${outcome.members.map((m) => m.repository).join(', ')}.`;
    case 'failed':
      return `Failed: ${failureSentence(outcome.reason)}`;
    case 'rolledBack':
      return `Rolled back: ${outcome.reason}.`;
    case 'skipped':
      return `Skipped by ${outcome.by}: ${outcome.reason}.`;
    case 'stopped':
      return `Not run to its end: the pull request was ${outcome.why}.`;
  }
}

export function outcomeWord(outcome: Outcome): string {
  return { landed: 'landed', failed: 'failed', rolledBack: 'rolled back', skipped: 'skipped', stopped: 'stopped' }[
    outcome.kind
  ];
}

type Failed = Extract<Outcome, { kind: 'failed' }>['reason'];

export function failureSentence(reason: Failed): string {
  switch (reason.kind) {
    case 'tests':
      return testSentence(reason.result);
    case 'conflict': {
      const more = reason.morePaths > 0 ? ` and ${reason.morePaths} more` : '';
      return `${reason.branch} conflicts with main of ${reason.repository} in ${reason.paths.join(', ')}${more}.`;
    }
    case 'refused':
      return reason.sentences.join(' ');
    case 'moved':
      return `it gave up after what it was tested with moved ${reason.times} times; the last: ${reason.last}.`;
    case 'landingRefused':
      return `GitHub refuses the landing in ${reason.repository}, also when it was tried again: ${reason.message}. Change what it asks for there, then ask for a new attempt.`;
    case 'cutOff':
      return 'its workflow was ended by hand or failed before it was settled; Lockstep has left nothing of it on any main.';
    case 'lost':
      return `it gave up after merge commits that it had made were lost ${reason.times} times; the last: ${reason.last}. An administrator should see that nothing removes the workers' mirrors and that all of them use one version of git.`;
  }
}

function testSentence(result: Extract<Failed, { kind: 'tests' }>['result']): string {
  switch (result.kind) {
    case 'exit':
      return `the tests ended with exit code ${result.code}.`;
    case 'signal':
      return `the tests were ended by ${result.signal}.`;
    case 'timeout':
      return `the tests timed out after ${duration(result.limitMs)}.`;
    case 'limit':
      return `the tests ${result.limit}.`;
  }
}

/** `2m10s`, `45s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** `10:41` of an ISO 8601 time. */
export function clock(iso: string): string {
  return iso.slice(11, 16);
}
