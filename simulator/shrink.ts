/** Makes a failing scenario smaller, piece by piece, as long as it fails. */
import type { Scenario } from './scenario.ts';

export async function shrink(scenario: Scenario, fails: (smaller: Scenario) => Promise<boolean>): Promise<Scenario> {
  for (const smaller of smallerThan(scenario)) {
    if (await fails(smaller)) return shrink(smaller, fails);
  }
  return scenario;
}

/** One piece less each, the large pieces first. */
function* smallerThan(scenario: Scenario): Generator<Scenario> {
  const { pulls, acts, faults, webhooks } = scenario;
  if (pulls.length > 1)
    yield { ...scenario, pulls: pulls.slice(0, -1), acts: acts.filter((act) => !concerns(act, pulls.length)) };
  for (const [i] of acts.entries()) yield { ...scenario, acts: acts.toSpliced(i, 1) };
  for (const [i] of faults.entries()) yield { ...scenario, faults: faults.toSpliced(i, 1) };
  if (webhooks.lost > 0 || webhooks.twice > 0) yield { ...scenario, webhooks: { lost: 0, twice: 0 } };
  if (scenario.continueAsNewAfter < 4000) yield { ...scenario, continueAsNewAfter: 4000 };
  for (const [i, pull] of pulls.entries()) {
    if (pull.changesets.length === 1) continue;
    for (const [j, changeset] of pull.changesets.entries()) {
      const changesets = pull.changesets.toSpliced(j, 1);
      const left = acts.filter(
        (act) => !(concerns(act, i + 1) && 'changeset' in act && act.changeset === changeset.name),
      );
      yield { ...scenario, pulls: pulls.with(i, { changesets }), acts: left };
    }
  }
}

function concerns(act: Scenario['acts'][number], pull: number): boolean {
  return 'pull' in act && act.pull === pull;
}
