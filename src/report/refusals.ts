/** Why a command to a changeset is refused. */
import { isDecided, type LandingState } from '../landing/state.ts';

interface Refusing {
  of: { id: { name: string } };
  landing: LandingState;
}

export function refusedSkip({ of, landing }: Refusing, by: string): string {
  return `skip of ${of.id.name} by ${by} refused: ${tooLate(landing)}`;
}

export function noApprovalNow(landing: LandingState, by: string): string {
  return refusedApproval(by, isDecided(landing) ? tooLate(landing) : 'no approval is being waited for now');
}

export function refusedApproval(by: string, why: string): string {
  return `approval by ${by} refused: ${why}`;
}

export function refusedResolve({ of }: Refusing, by: string): string {
  return `resolve by ${by} refused: ${of.id.name} waits for no operator`;
}

export function answersEarlierCall(by: string): string {
  return `resolve by ${by} refused: it answers an earlier call for an operator; the newest comment says what stands now`;
}

export function notFirst(by: string, first: string): string {
  return `resolve by ${by} refused: ${first} was first`;
}

function tooLate(landing: LandingState): string {
  return landing.at === 'cleaning' || landing.at === 'ended'
    ? 'it came too late, the changeset has ended'
    : 'it came too late, the landing has begun and goes to its end';
}
