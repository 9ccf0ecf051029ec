/** Invariants about what people are told, and about what is left behind: 5, 6, 9 to 12. */
import { statusOf } from '../src/changeset.ts';
import type { CommandGiven, Happened } from './happened.ts';
import type { Invariant } from './invariant.ts';

type Known = Required<Happened>;

export const STATUS: Invariant = {
  number: 5,
  name: 'status',
  sentence: 'Exactly one final status per settled changeset; manifest, check run and outcome agree.',
  needs: ['attempts', 'statuses', 'checks'],
  check(happened) {
    const open = happened.checks.filter((check) => !check.completed);
    return [
      ...[...lastOutcomes(happened)].flatMap(([changeset, expected]) => {
        const found = happened.statuses.filter((one) => one.changeset === changeset).map((one) => one.status);
        if (found.length === (expected === undefined ? 0 : 1) && found[0] === expected) return [];
        // One that was let go may have been skipped with its whole pull request, without another attempt.
        if (expected === undefined && found.length === 1 && found[0] === 'skipped') return [];
        return [`${changeset}: expected the status ${expected ?? 'none'}, found ${found.join(', ') || 'none'}`];
      }),
      ...open.map((check) => `the check run of #${check.pullRequest} was never completed`),
    ];
  },
};

/** What an operator makes of it once its manifest is merged is told in comments: nobody changes a merged manifest. */
function lastOutcomes({ attempts, merges = [] }: Pick<Known, 'attempts'> & Pick<Happened, 'merges'>) {
  const last = new Map<string, ReturnType<typeof statusOf>>();
  for (const { changeset, settled } of attempts) {
    const mergedAt = merges.find(({ manifest }) => changeset.includes(`#${manifest.pullRequest}/`))?.at;
    const isLate = last.has(changeset) && mergedAt !== undefined && settled !== undefined && settled.at > mergedAt;
    if (settled !== undefined && !isLate) last.set(changeset, statusOf(settled.outcome));
  }
  return last;
}

export const COMMENTS: Invariant = {
  number: 6,
  name: 'comments',
  sentence: 'At rest, one failure comment per failed attempt and one sticky comment per pull request.',
  needs: ['attempts', 'comments'],
  check({ attempts, comments }) {
    const stickies = comments.filter((comment) => comment.kind === 'sticky').map((comment) => comment.pullRequest);
    const twins = [...new Set(stickies.filter((one, i) => stickies.indexOf(one) !== i))];
    const failed = attempts.filter(
      ({ settled }) => settled?.outcome.kind === 'failed' || settled?.outcome.kind === 'rolledBack',
    );
    return [
      ...twins.map((pullRequest) => `#${pullRequest} has more than one sticky comment`),
      ...failed.flatMap(({ changeset, attempt }) => {
        const count = comments.filter((one) => one.kind === 'failure' && one.attempt === attempt).length;
        return count === 1 ? [] : [`the failed attempt ${attempt} of ${changeset} has ${count} comments`];
      }),
    ];
  },
};

export const CLEAN: Invariant = {
  number: 9,
  name: 'clean',
  sentence: 'One janitor period after the queue is idle, no staging ref, workspace, mount or process is left.',
  needs: ['leftovers'],
  check: ({ leftovers }) => leftovers.map((what) => `left behind: ${what}`),
};

export const SECRET: Invariant = {
  number: 10,
  name: 'secret',
  sentence: "No byte of a secret in Temporal's history, logs, comments, statuses, pages, command lines, workspaces.",
  needs: ['secrets'],
  check: ({ secrets }) => secrets.map((where) => `a secret was found in ${where}`),
};

export const ANSWERED: Invariant = {
  number: 11,
  name: 'answered',
  sentence: 'After a pause is answered no landing begins, nor one of what was skipped or withdrawn.',
  needs: ['attempts', 'commands'],
  check({ attempts, commands }) {
    const firstOf = (changeset: string) =>
      Math.min(
        ...attempts.filter((one) => one.changeset === changeset).flatMap(({ decided }) => decided.map(({ at }) => at)),
      );
    return attempts.flatMap(({ changeset, decided }) =>
      decided.flatMap(({ at, look }) =>
        commands
          .filter((command) => forbids(command, { changeset, at: look?.finishing === true ? firstOf(changeset) : at }))
          .map(({ verb, by }) => `${changeset} began to land after the ${verb} by ${by} had been answered`),
      ),
    );
  },
};

export const HEARD: Invariant = {
  number: 11,
  name: 'heard',
  sentence: 'At rest every command has its visible answer.',
  needs: ['commands', 'stuck'],
  check: ({ commands }) =>
    commands
      .filter(({ answered }) => answered === undefined)
      .map(({ verb, by }) => `the ${verb} by ${by} was never answered`),
};

/** A half landing began when its first landing did: to finish it, as an operator says, is its end. */
function forbids(command: CommandGiven, begun: { changeset: string; at: number }): boolean {
  const { answered, changesets, until = Number.POSITIVE_INFINITY } = command;
  if (answered === undefined || answered.at > begun.at || until < begun.at) return false;
  if (changesets !== undefined && !changesets.includes(begun.changeset)) return false;
  return !/refused/.test(answered.text);
}

export const REST: Invariant = {
  number: 12,
  name: 'rest',
  sentence: 'When faults stop, the queue empties by itself, except for listed waits for people.',
  needs: ['stuck'],
  check: ({ stuck }) => stuck,
};
