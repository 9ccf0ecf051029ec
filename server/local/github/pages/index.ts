/** Pages for people. They show everything to anyone who reaches this machine's loopback; they change nothing. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { resolveCommit, tryGit } from '../git.ts';
import { gitDirectory, type Hub } from '../hub.ts';
import type { Repository } from '../types.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import { pullPage, runPage } from './pull.ts';
import {
  branchesPage,
  commitPage,
  comparePage,
  filePage,
  logPage,
  pullsPage,
  repositoriesPage,
  rulesPage,
} from './repository.ts';

/** Pages load nothing from elsewhere and run no script, whatever a commit or a comment holds. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'";

type Params = Record<string, string>;
/** A page's HTML, or null when there is no such thing. */
type Page = (repository: Repository, params: Params) => Promise<string | null> | string | null;

function missing(): string {
  return layout({ title: 'Not found', body: html`<h1>404</h1><p class="muted">There is no such page.</p>` });
}

function send(reply: FastifyReply, page: string | null): FastifyReply {
  const status = page === null ? 404 : 200;
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', POLICY)
    .send(page ?? missing());
}

/** Splits `branch/with/slashes/path` where the longest name of a commit ends. */
async function splitRef(directory: string, text: string): Promise<{ commit: string; path: string } | null> {
  const parts = text.split('/');
  for (let count = parts.length; count > 0; count -= 1) {
    const commit = parts.slice(0, count).join('/');
    if ((await resolveCommit(directory, commit)) !== null) return { commit, path: parts.slice(count).join('/') };
  }
  return null;
}

function repositoryPages(hub: Hub): Record<string, Page> {
  const known = async (repository: Repository, sha: string | undefined) =>
    resolveCommit(gitDirectory(hub, repository), sha ?? '');
  const file = async (repository: Repository, text: string, isFolder: boolean) => {
    const at = await splitRef(gitDirectory(hub, repository), text);
    if (at === null) return null;
    if (at.path === '') return logPage(hub, repository, at.commit);
    const { code } = await tryGit(gitDirectory(hub, repository), ['cat-file', '-e', `${at.commit}:${at.path}`]);
    return code === 0 ? filePage(hub, repository, { ...at, isFolder }) : null;
  };
  return {
    '': (repository) => logPage(hub, repository, repository.defaultBranch),
    '/pulls': (repository) => pullsPage(hub, repository),
    '/branches': (repository) => branchesPage(hub, repository),
    '/rules': (repository) => rulesPage(repository),
    '/rules/:id': (repository) => rulesPage(repository),
    '/pull/:number': (repository, { number }) => {
      const pull = repository.pulls.find((one) => one.number === Number(number));
      return pull === undefined ? null : pullPage(hub, repository, pull);
    },
    '/runs/:id': (repository, { id }) => {
      const run = repository.checkRuns.find((one) => one.id === Number(id));
      return run === undefined ? null : runPage(repository, run);
    },
    '/commit/:sha': async (repository, { sha }) => {
      const commit = await known(repository, sha);
      return commit === null ? null : commitPage(hub, repository, commit);
    },
    '/compare/*': async (repository, params) => {
      const [base, head] = (params['*'] ?? '').split('...');
      const ends = [await known(repository, base), await known(repository, head)];
      const [from, to] = ends;
      return from && to ? comparePage(hub, repository, [from, to]) : null;
    },
    '/tree/*': (repository, params) => file(repository, params['*'] ?? '', true),
    '/blob/*': (repository, params) => file(repository, params['*'] ?? '', false),
  };
}

const COLOURS = ['#0969da', '#1a7f37', '#8250df', '#bc4c00', '#cf222e', '#0a7d7d', '#6e40c9', '#9a6700'];

function avatarImage(hub: Hub, id: number): string {
  const login = hub.store.global.users.find((user) => user.id === id)?.login ?? '?';
  const colour = COLOURS[id % COLOURS.length] ?? '#59636e';
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="${colour}"/><text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">${login[0]?.toUpperCase() ?? '?'}</text></svg>`
    .text;
}

export async function servePages(app: FastifyInstance, hub: Hub): Promise<void> {
  await app.register(async (scope) => {
    scope.setNotFoundHandler((_request, reply) => send(reply, null));
    scope.get('/', (_request, reply) => send(reply, repositoriesPage(hub)));
    scope.get('/:owner', (request, reply) => {
      const { owner } = request.params as Params;
      const exists = hub.store.all().some((repository) => repository.owner === owner);
      return send(reply, exists && owner !== undefined ? repositoriesPage(hub, owner) : null);
    });
    scope.get('/avatars/u/:id', (request, reply) => {
      const { id } = request.params as Params;
      return reply
        .type('image/svg+xml')
        .header('content-security-policy', "default-src 'none'")
        .send(avatarImage(hub, Number(id)));
    });
    for (const [path, page] of Object.entries(repositoryPages(hub))) {
      scope.get(`/:owner/:repo${path}`, async (request: FastifyRequest, reply) => {
        const params = request.params as Params;
        const repository = hub.store.find(`${params.owner}/${params.repo}`);
        return send(reply, repository === undefined ? null : await page(repository, params));
      });
    }
  });
}
