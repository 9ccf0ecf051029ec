/** The frame of every page, and the small pieces that pages share. */
import type { Hub } from '../hub.ts';
import type { Pull, Repository } from '../types.ts';
import { findUser } from '../users.ts';
import { Html, html } from './html.ts';
import { STYLE } from './style.ts';

export function layout(page: { title: string; repository?: Repository; body: Html }): string {
  const { repository } = page;
  const place =
    repository === undefined
      ? null
      : html`<a href="/${repository.owner}">${repository.owner}</a> <span class="sep">/</span>
          <b><a href="/${repository.fullName}">${repository.name}</a></b> <span class="badge">Private</span>`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${page.title}</title><style>${new Html(STYLE)}</style></head>
<body><header><nav><a class="home" href="/">Local GitHub</a> ${place}</nav></header><main>${page.body}</main></body></html>`
    .text;
}

export function avatar(hub: Hub, login: string, size: 'small' | 'large' = 'small'): Html {
  const id = findUser(hub, login)?.id ?? 0;
  return html`<img class="avatar ${size}" src="/avatars/u/${id}" alt="">`;
}

/** A time as people read it; the exact one when the pointer rests on it. */
export function when(time: string): Html {
  const text = new Date(time).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
  });
  return html`<time datetime="${time}" title="${time}">${text}</time>`;
}

export function commitLink(repository: Repository, sha: string): Html {
  return html`<a class="mono" href="/${repository.fullName}/commit/${sha}">${sha.slice(0, 7)}</a>`;
}

export function stateOf(pull: Pull): 'open' | 'draft' | 'merged' | 'closed' {
  if (pull.mergedAt !== null) return 'merged';
  if (pull.state === 'closed') return 'closed';
  return pull.draft ? 'draft' : 'open';
}

/** The repository's tabs. */
export function tabs(repository: Repository, here: 'code' | 'pulls' | 'branches' | 'rules'): Html {
  const open = repository.pulls.filter((pull) => pull.state === 'open').length;
  const tab = (name: typeof here, path: string, text: string) =>
    html`<a class="${name === here ? 'here' : ''}" href="/${repository.fullName}${path}">${text}</a>`;
  return html`<div class="tabs">${tab('code', '', 'Commits')}${tab('pulls', '/pulls', `Pull requests ${open}`)}${tab('branches', '/branches', 'Branches')}${tab('rules', '/rules', 'Rules')}</div>`;
}
