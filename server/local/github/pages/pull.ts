/** A pull request for people: its conversation, checks, commits and files. */
import { latestRuns } from '../checks.ts';
import { type Commit, changesSince, type FileChange, readCommits } from '../commits.ts';
import { gitDirectory, type Hub } from '../hub.ts';
import type { CheckRun, Comment, Pull, Reaction, Repository } from '../types.ts';
import { userByEmail } from '../users.ts';
import { diffView } from './diff.ts';
import { type Html, html } from './html.ts';
import { avatar, commitLink, layout, stateOf, when } from './layout.ts';
import { renderMarkdown } from './markdown.ts';

const EMOJI: Record<Reaction['content'], string> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

function talk(hub: Hub, said: { id?: string; author: string; at: string; body: string; reactions: Reaction[] }): Html {
  const counted = Object.entries(EMOJI)
    .map(([content, sign]) => ({ sign, count: said.reactions.filter((one) => one.content === content).length }))
    .filter(({ count }) => count > 0);
  const reactions = counted.map(({ sign, count }) => html`<span>${sign} ${count}</span>`);
  const bot = said.author.endsWith('[bot]') ? html`<span class="badge">bot</span>` : null;
  return html`<div class="talk" id="${said.id ?? ''}">${avatar(hub, said.author, 'large')}<div class="box">
    <div class="head"><b style="color:var(--fg)">${said.author.replace('[bot]', '')}</b> ${bot} ${when(said.at)}</div>
    <div class="body markdown">${renderMarkdown(said.body)}</div>
    ${reactions.length === 0 ? null : html`<div class="reactions">${reactions}</div>`}</div></div>`;
}

function comment(hub: Hub, one: Comment): Html {
  const id = `issuecomment-${one.id}`;
  return talk(hub, { id, author: one.author, at: one.createdAt, body: one.body, reactions: one.reactions });
}

function ending(hub: Hub, repository: Repository, pull: Pull): Html | null {
  if (pull.closedAt === null) return null;
  if (pull.mergedBy === null || pull.mergeCommitSha === null) {
    return html`<div class="event">Closed ${when(pull.closedAt)}</div>`;
  }
  return html`<div class="event">${avatar(hub, pull.mergedBy)} <b>${pull.mergedBy}</b> merged commit
    ${commitLink(repository, pull.mergeCommitSha)} into <span class="branch">${pull.baseRef}</span> ${when(pull.closedAt)}</div>`;
}

function check(repository: Repository, run: CheckRun): Html {
  const word = run.conclusion ?? run.status;
  return html`<div class="row"><span class="dot ${word}"></span><span class="grow"><b>${run.name}</b>
    <span class="muted">${run.output.title ?? ''}</span></span><span class="muted">${word.replace('_', ' ')}</span>
    <a href="/${repository.fullName}/runs/${run.id}">Details</a></div>`;
}

export function commitRow(hub: Hub, repository: Repository, commit: Commit): Html {
  const [subject] = commit.message.split('\n');
  const author = userByEmail(hub, commit.author.email)?.login ?? commit.author.name;
  return html`<div class="row"><span class="grow"><a class="title" href="/${repository.fullName}/commit/${commit.sha}">${subject ?? ''}</a><br>
    <span class="muted">${avatar(hub, author)} ${author} committed ${when(commit.committer.date)}</span></span>
    ${commit.parents.length > 1 ? html`<span class="badge">merge</span>` : null}
    <span class="right">${commitLink(repository, commit.sha)}</span></div>`;
}

function heading(pull: Pull, commits: number): Html {
  const state = stateOf(pull);
  const verb = state === 'merged' ? 'merged' : 'wants to merge';
  return html`<h1>${pull.title} <span class="number">#${pull.number}</span></h1>
    <p class="muted"><span class="state ${state}">${state[0]?.toUpperCase() ?? ''}${state.slice(1)}</span>
    <b>${pull.mergedBy ?? pull.author}</b> ${verb} ${commits} commit${commits === 1 ? '' : 's'} into
    <span class="branch">${pull.baseRef}</span> from <span class="branch">${pull.headRef}</span></p>`;
}

export async function pullPage(hub: Hub, repository: Repository, pull: Pull): Promise<string> {
  const directory = gitDirectory(hub, repository);
  const commits = await readCommits(directory, ['--reverse', pull.headSha, `^${pull.baseSha}`]);
  const files: FileChange[] = await changesSince(directory, pull.baseSha, pull.headSha);
  const runs = latestRuns(repository, pull.headSha);
  const comments = repository.comments.filter((one) => one.number === pull.number);
  const opening = { author: pull.author, at: pull.createdAt, body: pull.body || '*No description.*', reactions: [] };
  const body = html`${heading(pull, commits.length)}
    <h2>Conversation</h2>${talk(hub, opening)}${comments.map((one) => comment(hub, one))}${ending(hub, repository, pull)}
    <h2>Checks <span class="count">${runs.length}</span></h2>
    <div class="box">${runs.length === 0 ? html`<div class="row muted">No checks on ${pull.headSha.slice(0, 7)}</div>` : runs.map((run) => check(repository, run))}</div>
    <h2>Commits <span class="count">${commits.length}</span></h2>
    <div class="box">${commits.map((commit) => commitRow(hub, repository, commit))}</div>
    <h2>Files changed <span class="count">${files.length}</span></h2>${diffView(files)}`;
  return layout({ title: `${pull.title} · ${repository.fullName} #${pull.number}`, repository, body });
}

export function runPage(repository: Repository, run: CheckRun): string {
  const { output } = run;
  const notes = run.annotations.map(
    (note) => html`<div class="row"><span class="dot ${note.annotation_level}"></span><span class="grow">
      <span class="mono">${note.path}:${note.start_line}</span><br>${note.message}</span></div>`,
  );
  const body = html`<h1>${run.name} <span class="number">${output.title ?? ''}</span></h1>
    <p class="muted"><span class="dot ${run.conclusion ?? run.status}"></span> ${run.conclusion ?? run.status} on ${commitLink(repository, run.headSha)}
    ${run.detailsUrl === null ? null : html`· <a href="${run.detailsUrl}">Details</a>`}</p>
    <div class="box"><div class="row"><div class="markdown grow">${renderMarkdown(output.summary ?? '')}${renderMarkdown(output.text ?? '')}</div></div></div>
    ${notes.length === 0 ? null : html`<h2>Annotations <span class="count">${notes.length}</span></h2><div class="box">${notes}</div>`}`;
  return layout({ title: `${run.name} · ${repository.fullName}`, repository, body });
}
