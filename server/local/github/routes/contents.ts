/** Files and folders, read from git at any commit. */
import { ApiError, notFound } from '../errors.ts';
import { git, tryGit } from '../git.ts';
import { gitDirectory } from '../hub.ts';
import { type Answer, type RepositoryCall, type Route, repositoryRoute } from '../rest.ts';
import { commitSeen } from '../seen.ts';
import { repositoryApi, repositoryPage } from '../views/repository.ts';

interface Entry {
  mode: string;
  type: 'blob' | 'tree' | 'commit';
  sha: string;
  size: number;
  path: string;
}

/** GitHub leaves the content of larger files out. */
const LARGEST_INLINE = 1_048_576;

async function listTree(directory: string, args: string[]): Promise<Entry[]> {
  const result = await tryGit(directory, ['ls-tree', '-l', '-z', '--full-tree', ...args]);
  if (result.code !== 0) return [];
  return result.out.split('\0').flatMap((line): Entry[] => {
    const match = /^(\d+) (blob|tree|commit) ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line);
    const [, mode, type, sha, size, path] = match ?? [];
    if (mode === undefined || sha === undefined || path === undefined) return [];
    return [{ mode, type: type as Entry['type'], sha, size: Number(size) || 0, path }];
  });
}

function view({ hub, repository }: RepositoryCall, at: { entry: Entry; ref: string }) {
  const { entry, ref } = at;
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const kind = entry.type === 'tree' ? 'dir' : entry.type === 'commit' ? 'submodule' : 'file';
  const url = `${repositoryApi(hub, repository)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const gitUrl = `${repositoryApi(hub, repository)}/git/${entry.type === 'tree' ? 'trees' : 'blobs'}/${entry.sha}`;
  const html = `${repositoryPage(hub, repository)}/${entry.type === 'tree' ? 'tree' : 'blob'}/${ref}/${path}`;
  const raw = `${repositoryPage(hub, repository)}/raw/${ref}/${path}`;
  return {
    type: kind === 'file' && entry.mode === '120000' ? 'symlink' : kind,
    size: entry.size,
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    url,
    git_url: gitUrl,
    html_url: html,
    download_url: kind === 'file' ? raw : null,
    _links: { self: url, git: gitUrl, html },
  };
}

async function contents(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const directory = gitDirectory(hub, repository);
  const ref = call.query.get('ref') ?? repository.defaultBranch;
  const commit = await commitSeen(hub, repository, ref);
  if (commit === null) throw new ApiError(404, `No commit found for the ref ${ref}`);
  const path = (call.params.path ?? '').replace(/^\/+|\/+$/g, '');
  const [entry] = path === '' ? [] : await listTree(directory, [commit, '--', `:(literal)${path}`]);
  if (path === '' || entry?.type === 'tree') {
    const children = await listTree(directory, [path === '' ? commit : `${commit}:${path}`]);
    const prefix = path === '' ? '' : `${path}/`;
    const shown = children.map((child) => view(call, { entry: { ...child, path: `${prefix}${child.path}` }, ref }));
    return { status: 200, body: shown };
  }
  if (entry === undefined || entry.type === 'commit') throw notFound();
  return { status: 200, body: { ...view(call, { entry, ref }), ...(await content(directory, entry)) } };
}

async function content(directory: string, entry: Entry) {
  if (entry.size > LARGEST_INLINE) return { content: '', encoding: 'none' };
  // The bytes come as base64 lines of 60, as GitHub wraps them.
  const bytes = Buffer.from(await git(directory, ['cat-file', 'blob', entry.sha], { binary: true }), 'latin1');
  return { content: bytes.toString('base64').replace(/.{60}/g, '$&\n'), encoding: 'base64' };
}

export const contentRoutes: Route[] = [
  repositoryRoute({ method: 'GET', path: '/contents/{path}', needs: ['contents', 'read'] }, contents),
];
