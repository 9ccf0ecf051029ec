/** What the forge shows: statuses in manifests, comments, check runs. */
import { execa } from 'execa';
import { parse } from 'yaml';
import type { Happened } from '../../invariants/happened.ts';
import type { CheckRun } from '../../server/local/github/index.ts';
import { changesetLabel, type Status } from '../../src/changeset.ts';
import type { People } from '../people.ts';
import { COORDINATOR, PERSON } from '../template.ts';
import type { World } from '../world.ts';
import type { Shown } from './agreement.ts';

export interface Told {
  statuses: NonNullable<Happened['statuses']>;
  comments: NonNullable<Happened['comments']>;
  checks: NonNullable<Happened['checks']>;
  /** Each pull request as it is shown. */
  shown: Shown[];
  /** Everything that people can read there, as text. */
  texts: string[];
}

interface Comment {
  body: string;
  user: { login: string };
}

export async function readTold(world: World, people: People): Promise<Told> {
  const told: Told = { statuses: [], comments: [], checks: [], shown: [], texts: [] };
  const { admin, app } = world.github;
  for (const pullRequest of people.opened) {
    const { head, merged } = await people.pull(pullRequest);
    const { stdout: text } = await execa('git', ['show', `${head.sha}:changesets/${head.ref}.yaml`], {
      cwd: admin.gitDirectory(COORDINATOR),
    });
    told.texts.push(text);
    const statuses = statusesIn(text);
    const label = (name: string) => changesetLabel({ coordinator: COORDINATOR, pullRequest, name });
    told.statuses.push(...statuses.map(({ name, status }) => ({ changeset: label(name), status })));
    const comments = await commentsOf(world, COORDINATOR, pullRequest);
    const ours = comments.filter(({ user }) => user.login === `${app.slug}[bot]`).map(({ body }) => body);
    told.comments.push(...ours.flatMap((body) => kindOf(body, pullRequest)));
    const runs = lastRuns(world);
    told.checks.push(
      ...[head.sha, ...runs.keys()].map((of) => ({ pullRequest, completed: isCompleted(runs.get(of)) })),
    );
    const conclusion = runs.get(head.sha)?.conclusion;
    told.shown.push({
      pullRequest,
      branch: head.ref,
      merged,
      statuses,
      comments: ours,
      ...(conclusion !== undefined && { conclusion }),
    });
  }
  for (const { output } of admin.checkRuns(COORDINATOR)) told.texts.push(output.title ?? '', output.summary ?? '');
  told.texts.push(...(await everyComment(world)), await messagesOf(world), ...world.slack.messages);
  return told;
}

function statusesIn(text: string): Shown['statuses'] {
  const { changesets } = parse(text) as { changesets: { name: string; status?: Status }[] };
  return changesets.flatMap(({ name, status }) => (status === undefined ? [] : [{ name, status }]));
}

function kindOf(body: string, pullRequest: number): Told['comments'] {
  if (body.includes('"version":')) return [{ pullRequest, kind: 'sticky' }];
  const attempt = /^<!-- lockstep \S+:([\w-]+):failure -->/.exec(body)?.[1];
  return attempt === undefined ? [] : [{ pullRequest, kind: 'failure', attempt }];
}

/** Of every head that there ever was: no commit stays yellow. */
function lastRuns({ github }: World): Map<string, CheckRun> {
  const runs = github.admin.checkRuns(COORDINATOR).filter(({ name }) => name === 'lockstep');
  return new Map(runs.map((run) => [run.headSha, run]));
}

const isCompleted = (run: CheckRun | undefined) => run?.status === 'completed';

async function commentsOf({ github }: World, repository: string, number: number): Promise<Comment[]> {
  const { token } = github.admin.addPerson(PERSON);
  const answer = await fetch(`${github.apiUrl}/repos/${repository}/issues/${number}/comments?per_page=100`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return (await answer.json()) as Comment[];
}

/** Of the first pull requests everywhere: runs open no more than these. */
const NUMBERS = [1, 2, 3, 4];

async function everyComment(world: World): Promise<string[]> {
  const repositories = [...new Set(world.github.admin.record().map(({ repository }) => repository))];
  const all = await Promise.all(
    repositories.flatMap((repository) => NUMBERS.map((number) => commentsOf(world, repository, number))),
  );
  return all.flatMap((comments) => (Array.isArray(comments) ? comments.map(({ body }) => body) : []));
}

async function messagesOf({ github }: World): Promise<string> {
  const repositories = [...new Set(github.admin.record().map(({ repository }) => repository))];
  const all = await Promise.all(
    repositories.map((repository) =>
      execa('git', ['log', '--all', '--format=%an %ae %B'], { cwd: github.admin.gitDirectory(repository) }),
    ),
  );
  return all.map(({ stdout }) => stdout).join('\n');
}
