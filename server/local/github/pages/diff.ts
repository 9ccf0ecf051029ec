/** Changed files with their patches. */
import type { FileChange } from '../commits.ts';
import { type Html, html } from './html.ts';

function lineClass(line: string): string {
  if (line.startsWith('@@')) return 'hunk';
  if (line.startsWith('+')) return 'add';
  return line.startsWith('-') ? 'del' : '';
}

function file(change: FileChange): Html {
  const name = change.previousPath === null ? change.path : `${change.previousPath} → ${change.path}`;
  const lines = change.patch?.split('\n') ?? [];
  const patch = lines.map((line) => html`<span class="${lineClass(line)}">${line === '' ? ' ' : line}</span>`);
  return html`<div class="box"><div class="head"><span class="mono">${name}</span>
    <span class="badge">${change.status}</span>
    <span style="margin-left:auto"><span class="plus">+${change.additions}</span> <span class="minus">−${change.deletions}</span></span></div>
    ${patch.length === 0 ? html`<div class="row muted">Nothing to show</div>` : html`<pre class="diff">${patch}</pre>`}</div>`;
}

export function diffView(changes: FileChange[]): Html {
  return html`${changes.map(file)}`;
}
