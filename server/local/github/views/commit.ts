/** Commits and changed files as GitHub shows them. */
import type { Commit, FileChange } from '../commits.ts';
import type { Hub } from '../hub.ts';
import type { Repository } from '../types.ts';
import { userByEmail } from '../users.ts';
import { repositoryApi, repositoryPage } from './repository.ts';
import { userView } from './user.ts';

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

function userOfEmail(hub: Hub, email: string) {
  const user = userByEmail(hub, email);
  return user === undefined ? null : userView(hub, user.login);
}

export function commitView(hub: Hub, repository: Repository, commit: Commit) {
  const api = repositoryApi(hub, repository);
  const page = repositoryPage(hub, repository);
  return {
    url: `${api}/commits/${commit.sha}`,
    sha: commit.sha,
    node_id: Buffer.from(`Commit:${commit.sha}`).toString('base64'),
    html_url: `${page}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    commit: {
      url: `${api}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      comment_count: 0,
      verification: UNSIGNED,
    },
    author: userOfEmail(hub, commit.author.email),
    committer: userOfEmail(hub, commit.committer.email),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${page}/commit/${sha}`,
    })),
  };
}

/** A commit as a push event lists it. */
export function pushedCommitView(hub: Hub, repository: Repository, pushed: { commit: Commit; files: FileChange[] }) {
  const { commit, files } = pushed;
  const pathsThat = (...states: FileChange['status'][]) =>
    files.filter((file) => states.includes(file.status)).map((file) => file.path);
  const left = files.flatMap((file) => (file.previousPath === null ? [] : [file.previousPath]));
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repositoryPage(hub, repository)}/commit/${commit.sha}`,
    author: signature(hub, commit.author),
    committer: signature(hub, commit.committer),
    added: pathsThat('added', 'renamed'),
    removed: [...pathsThat('removed'), ...left],
    modified: pathsThat('modified', 'changed'),
  };
}

function signature(hub: Hub, person: Commit['author']) {
  const user = userByEmail(hub, person.email);
  return { name: person.name, email: person.email, ...(user === undefined ? {} : { username: user.login }) };
}

export function fileView(hub: Hub, repository: Repository, at: { sha: string; file: FileChange }) {
  const { sha, file } = at;
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const page = repositoryPage(hub, repository);
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${sha}/${path}`,
    raw_url: `${page}/raw/${sha}/${path}`,
    contents_url: `${repositoryApi(hub, repository)}/contents/${path}?ref=${sha}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}
