/** Steps as requests to activities, and what activities return as results of steps: as `workflows/changeset` has it. */
import type { Step, StepResult } from '../src/landing/steps.ts';
import type { Begin, Name, Point } from './activities.ts';
import type { Context } from './context.ts';
import { AUTHOR } from './ports.ts';
import type { Run } from './world.ts';

/** As `workflows/changeset` asks it of the activities. */
export function requestOf(context: Context, c: number, step: Step): Omit<Begin, 'attempt'> {
  const id = context.ids[c];
  const changeset = context.plans.get(id?.pullRequest ?? 0)?.changesets.find((planned) => planned.name === id?.name);
  const { manifestHead, setting } = context;
  switch (step.do) {
    case 'prepare':
      return {
        name: 'prepare',
        request: { id, changeset, author: AUTHOR, ...(step.finishing && { finishing: step.finishing }) },
      };
    case 'stage':
      return { name: 'stage', request: { id, vector: step.vector } };
    case 'recheck': {
      const { interference } = setting;
      const request = { id, vector: step.vector, author: AUTHOR, manifestHead, interference };
      return { name: 'recheck', request: { ...request, ...(step.finishing && { finishing: true }) } };
    }
    case 'push':
      return { name: 'land', request: { id, vector: step.vector, repository: step.repository } };
    case 'survey':
    case 'verify': {
      const settle = step.do === 'survey' && step.settle;
      return { name: 'survey', request: { id, vector: step.vector, ...(settle && { settle }) } };
    }
    case 'revert': {
      const { vector, repository, reason } = step;
      return { name: 'revert', request: { id, vector, repository, reason } };
    }
    case 'cleanUp': {
      const repositories = changeset?.members.map((member) => member.repository);
      return { name: 'cleanUp', request: { id, repositories } };
    }
    default:
      throw new Error(`expected a step that is an activity, found ${step.do}`);
  }
}

/** What the workflow makes of an activity's value. */
export function resultOf(context: Context, run: Run, point: Point): StepResult {
  const { begin, end } = point;
  if (end?.kind === 'broken') return { of: 'broken', why: `${begin.name} failed: ${end.why}` };
  if (end?.kind !== 'value') throw new Error(`expected that ${begin.name} has ended, found it asking`);
  const value = end.value as never;
  const { repository } = begin.request as { repository: string };
  const step = context.protocol.nextStep(context.landings.at(run.landing));
  const results: Record<Name, () => StepResult> = {
    prepare: () => ({ of: 'prepare', prepared: value }),
    stage: () => ({ of: 'stage', staged: value }),
    recheck: () => ({ of: 'recheck', recheck: value }),
    land: () => ({ of: 'push', repository, pushed: value }),
    survey: () => ({ of: step?.do === 'verify' ? 'verify' : 'survey', findings: value }),
    revert: () => ({ of: 'revert', repository, reverted: value }),
    cleanUp: () => ({ of: 'cleanUp' }),
  };
  return results[begin.name]();
}
