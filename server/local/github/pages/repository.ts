/** A repository for people: the log of `main`, its pull requests, branches, rules, commits and files. */
import { changesBetween, readCommit, readCommits } from '../commits.ts';
import { git, listRefs, tryGit } from '../git.ts';
import { gitDirectory, type Hub } from '../hub.ts';
import type { Pull, Repository, Ruleset } from '../types.ts';
import { diffView } from './diff.ts';
import { type Html, html } from './html.ts';
import { avatar, commitLink, layout, stateOf, tabs, when } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { commitRow } from './pull.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const SHOWN_COMMITS = 100;

export function repositoriesPage(hub: Hub, owner?: string): string {
  const all = hub.store.all().filter((repository) => owner === undefined || repository.owner === owner);
  const row = (repository: Repository) => {
    const open = repository.pulls.filter((pull) => pull.state === 'open').length;
    return html`<div class="row"><span class="grow"><a class="title" href="/${repository.fullName}">${repository.fullName}</a></span>
      <a class="muted" href="/${repository.fullName}/pulls">${open} open pull request${open === 1 ? '' : 's'}</a>
      <span class="muted right">pushed ${when(repository.pushedAt)}</span></div>`;
  };
  const body = html`<h1>${owner ?? 'Repositories'}</h1><div class="box">${all.map(row)}</div>`;
  return layout({ title: owner ?? 'Repositories', body });
}

function fileList(repository: Repository, at: { commit: string; path: string; entries: string[] }): Html {
  const rows = at.entries.map((entry) => {
    const [, type, , path] = /^\d+ (\w+) (\w+)\t(.*)$/s.exec(entry) ?? [];
    const full = at.path === '' ? (path ?? '') : `${at.path}/${path}`;
    const href = `/${repository.fullName}/${type === 'tree' ? 'tree' : 'blob'}/${at.commit}/${full}`;
    return html`<li><a href="${href}">${type === 'tree' ? `${path}/` : (path ?? '')}</a></li>`;
  });
  return html`<ul>${rows}</ul>`;
}

async function treeEntries(directory: string, name: string): Promise<string[]> {
  const { out } = await tryGit(directory, ['ls-tree', '-z', '--full-tree', name]);
  return out.split('\0').filter(Boolean);
}

/** The first-parent log is what landed; a merge's second parent is one step away. */
export async function logPage(hub: Hub, repository: Repository, ref: string): Promise<string> {
  const directory = gitDirectory(hub, repository);
  const commits = await readCommits(directory, ['--first-parent', `--max-count=${SHOWN_COMMITS}`, ref]);
  const entries = await treeEntries(directory, ref);
  const readme = await tryGit(directory, ['cat-file', 'blob', `${ref}:README.md`]);
  const body = html`<h1>${repository.name}</h1>${tabs(repository, 'code')}<div class="columns"><div>
    <p class="muted">The log of <span class="branch">${ref}</span></p>
    <div class="box">${commits.map((commit) => commitRow(hub, repository, commit))}</div></div>
    <aside><section><h3>Files</h3>${fileList(repository, { commit: ref, path: '', entries })}</section>
    ${readme.code === 0 ? html`<section class="markdown">${renderMarkdown(readme.out)}</section>` : null}</aside></div>`;
  return layout({ title: repository.fullName, repository, body });
}

export function pullsPage(hub: Hub, repository: Repository): string {
  const row = (pull: Pull) => html`<div class="row"><span class="dot ${stateOf(pull)}"></span><span class="grow">
    <a class="title" href="/${repository.fullName}/pull/${pull.number}">${pull.title}</a><br>
    <span class="muted">#${pull.number} by ${avatar(hub, pull.author)} ${pull.author} ${when(pull.createdAt)}</span></span>
    <span class="muted">${stateOf(pull)}</span></div>`;
  const rows = [...repository.pulls].reverse().map(row);
  const body = html`<h1>${repository.name}</h1>${tabs(repository, 'pulls')}
    <div class="box">${rows.length === 0 ? html`<div class="row muted">No pull requests yet</div>` : rows}</div>`;
  return layout({ title: `Pull requests · ${repository.fullName}`, repository, body });
}

export async function branchesPage(hub: Hub, repository: Repository): Promise<string> {
  const refs = await listRefs(gitDirectory(hub, repository), 'refs/heads');
  const rows = [...refs].map(([ref, sha]) => {
    const name = ref.slice('refs/heads/'.length);
    return html`<div class="row"><span class="grow"><a class="branch" href="/${repository.fullName}/tree/${name}">${name}</a></span>
      <span class="right">${commitLink(repository, sha)}</span></div>`;
  });
  const body = html`<h1>${repository.name}</h1>${tabs(repository, 'branches')}<div class="box">${rows}</div>`;
  return layout({ title: `Branches · ${repository.fullName}`, repository, body });
}

export function rulesPage(repository: Repository): string {
  const bypass = (ruleset: Ruleset) => {
    const names = ruleset.bypassActors.map((actor) => {
      const who = actor.actor_type === 'Integration' ? 'the App' : 'people who may write';
      return actor.bypass_mode === 'always' ? who : `${who} (by pull request)`;
    });
    return [...new Set(names)].join(', ') || 'nobody';
  };
  const rows = repository.rulesets.map(
    (
      ruleset,
    ) => html`<div class="row"><span class="dot success"></span><span class="grow"><span class="title">${ruleset.name}</span><br>
      <span class="muted">${ruleset.rules.map((rule) => rule.type).join(', ')} on ${ruleset.include.join(', ')}</span></span>
      <span class="muted">bypass: ${bypass(ruleset)}</span></div>`,
  );
  const body = html`<h1>${repository.name}</h1>${tabs(repository, 'rules')}
    <div class="box">${rows.length === 0 ? html`<div class="row muted">No rulesets</div>` : rows}</div>`;
  return layout({ title: `Rules · ${repository.fullName}`, repository, body });
}

export async function commitPage(hub: Hub, repository: Repository, sha: string): Promise<string> {
  const directory = gitDirectory(hub, repository);
  const commit = await readCommit(directory, sha);
  const files = await changesBetween(directory, commit.parents[0] ?? EMPTY_TREE, sha);
  const [subject, ...rest] = commit.message.split('\n');
  const parents = commit.parents.map((parent) => html` ${commitLink(repository, parent)}`);
  const body = html`<h1>${subject ?? ''}</h1>
    ${rest.length === 0 ? null : html`<pre class="box" style="padding:14px;white-space:pre-wrap">${rest.join('\n').trim()}</pre>`}
    <p class="muted">${commit.author.name} · ${when(commit.committer.date)} · <span class="mono">${commit.sha}</span> ·
    parent${commit.parents.length === 1 ? '' : 's'}${parents}</p>
    <h2>Files changed <span class="count">${files.length}</span></h2>${diffView(files)}`;
  return layout({ title: `${subject} · ${repository.fullName}`, repository, body });
}

export async function comparePage(hub: Hub, repository: Repository, [base, head]: [string, string]): Promise<string> {
  const directory = gitDirectory(hub, repository);
  const commits = await readCommits(directory, ['--reverse', head, `^${base}`]);
  const files = await changesBetween(directory, base, head);
  const body = html`<h1>Comparing <span class="branch">${base.slice(0, 12)}</span> … <span class="branch">${head.slice(0, 12)}</span></h1>
    <div class="box">${commits.map((commit) => commitRow(hub, repository, commit))}</div>${diffView(files)}`;
  return layout({ title: `Compare · ${repository.fullName}`, repository, body });
}

/** A file or a folder at a commit. */
export async function filePage(
  hub: Hub,
  repository: Repository,
  at: { commit: string; path: string; isFolder: boolean },
): Promise<string> {
  const directory = gitDirectory(hub, repository);
  const name = `${at.commit}:${at.path}`;
  const shown = at.isFolder
    ? fileList(repository, { ...at, entries: await treeEntries(directory, name) })
    : html`<pre class="diff">${(await git(directory, ['cat-file', 'blob', name])).split('\n').map((line) => html`<span>${line || ' '}</span>`)}</pre>`;
  const body = html`<h1 class="mono" style="font-size:18px">${at.path} <span class="number">at ${at.commit.slice(0, 12)}</span></h1>
    <div class="box"><div class="row"><div class="grow">${shown}</div></div></div>`;
  return layout({ title: `${at.path} · ${repository.fullName}`, repository, body });
}
