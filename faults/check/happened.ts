/**
 * What happened in a run, as the invariants want it: from the forge's record of ref updates, its pull requests, comments
 * and check runs, from git, and from Temporal's histories. Nothing is taken from Lockstep's memory.
 */
import type { Green, Happened } from '../../invariants/happened.ts';
import { changesetLabel, type Status, shortName, testedCommit } from '../../src/changeset.ts';
import type { People } from '../people.ts';
import { COORDINATOR } from '../template.ts';
import type { World } from '../world.ts';
import { disagreements, toldTwice } from './agreement.ts';
import { attemptsIn, type ClaimedGreen, changesetsIn, greensIn, type ManifestAt, mergesIn } from './attempts.ts';
import { type Recorded, readHistories } from './histories.ts';
import { readLeftovers } from './leftovers.ts';
import { digestOf, readCommits, readUpdates } from './repositories.ts';
import { filesOf, type Place, placesOfSecrets } from './secrets.ts';
import { readTold, type Told } from './told.ts';

export interface Read {
  happened: Happened;
  /** Where it came out otherwise than the story says. */
  differences: string[];
}

interface About {
  people: People;
  stuck: string[];
  expected: Record<string, Status>;
  commandLines: Place[];
}

export async function readHappened(world: World, { people, stuck, expected, commandLines }: About): Promise<Read> {
  const { github } = world;
  const histories = await readHistories(world.client);
  const labels = new Map(changesetsIn(histories).map(({ id }) => [id.name, changesetLabel(id)]));
  const { mains, branches } = readUpdates(github);
  const told = await readTold(world, people);
  const manifestAt: ManifestAt = (pullRequest, head) => {
    const branch = told.shown.find((one) => one.pullRequest === pullRequest)?.branch ?? '';
    return { pullRequest, repository: COORDINATOR, branch, head };
  };
  const pages = await readPages(world, greensIn(histories));
  const places = [...commandLines, ...(await filesOf(world)), ...pages, ...texts(histories, told)];
  const happened: Happened = {
    commits: await readCommits(github, { mains, labels }),
    mains,
    branches,
    obstacles: people.obstacles,
    merges: mergesIn(histories, manifestAt),
    attempts: attemptsIn(histories, { mains, manifestAt }),
    greens: await witnessed(world, greensIn(histories), pages),
    approvals: people.approvals,
    commands: people.commands,
    statuses: told.statuses,
    comments: told.comments,
    checks: told.checks,
    leftovers: await readLeftovers(world),
    secrets: placesOfSecrets(world.secrets(), places),
    stuck,
  };
  return {
    happened,
    differences: [
      ...differences(told, expected),
      ...told.shown.flatMap(disagreements),
      ...toldTwice(world.slack.messages),
    ],
  };
}

function texts(histories: Recorded[], told: Told): Place[] {
  return [
    ...histories.map(({ workflowId, text }) => ({ where: `the history of ${workflowId}`, text })),
    ...told.texts.map((text) => ({ where: 'a comment, a check, a manifest or a message', text })),
  ];
}

/** The pages that Lockstep itself shows: metrics, and the logs of the tests. */
async function readPages({ serverUrl }: World, greens: ClaimedGreen[]): Promise<Place[]> {
  const paths = ['/metrics', ...greens.map(({ logId }) => `/logs/${encodeURIComponent(logId)}`)];
  return Promise.all(paths.map(async (where) => ({ where, text: await (await fetch(`${serverUrl}${where}`)).text() })));
}

/** A green counts when its log tells the digests of the very commits that it is said to be of, members or not. */
async function witnessed({ github }: World, greens: ClaimedGreen[], pages: Place[]): Promise<Green[]> {
  const each = await Promise.all(
    greens.map(async ({ logId, ...green }) => {
      const log = pages.find(({ where }) => where === `/logs/${encodeURIComponent(logId)}`)?.text ?? '';
      const told = new Set(log.split('\n'));
      const { members, others } = green.vector;
      const tips = [...members.map((one) => ({ ...one, commit: testedCommit(one) })), ...others];
      const lines = await Promise.all(
        tips.map(async ({ repository, commit }) => {
          return `tested ${shortName(repository)} ${await digestOf(github, repository, commit)}`;
        }),
      );
      return lines.every((line) => told.has(line)) ? [green] : [];
    }),
  );
  return each.flat();
}

function differences({ statuses }: Told, expected: Record<string, Status>): string[] {
  return Object.entries(expected).flatMap(([name, status]) => {
    const found = statuses.find(({ changeset }) => changeset.endsWith(`/${name}`))?.status;
    return found === status ? [] : [`${name}: expected to end as ${status}, found ${found ?? 'no status'}`];
  });
}
