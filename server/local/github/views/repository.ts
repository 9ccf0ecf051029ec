/** A repository as GitHub shows it. Most of it is addresses. */
import type { Hub } from '../hub.ts';
import type { Repository } from '../types.ts';
import { nodeId, userView } from './user.ts';

/** Addresses that GitHub lists for every repository, as what follows the repository's own. */
const ADDRESSES = {
  forks_url: '/forks',
  keys_url: '/keys{/key_id}',
  collaborators_url: '/collaborators{/collaborator}',
  teams_url: '/teams',
  hooks_url: '/hooks',
  issue_events_url: '/issues/events{/number}',
  events_url: '/events',
  assignees_url: '/assignees{/user}',
  branches_url: '/branches{/branch}',
  tags_url: '/tags',
  blobs_url: '/git/blobs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  git_refs_url: '/git/refs{/sha}',
  trees_url: '/git/trees{/sha}',
  statuses_url: '/statuses/{sha}',
  languages_url: '/languages',
  stargazers_url: '/stargazers',
  contributors_url: '/contributors',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  commits_url: '/commits{/sha}',
  git_commits_url: '/git/commits{/sha}',
  comments_url: '/comments{/number}',
  issue_comment_url: '/issues/comments{/number}',
  contents_url: '/contents/{+path}',
  compare_url: '/compare/{base}...{head}',
  merges_url: '/merges',
  archive_url: '/{archive_format}{/ref}',
  downloads_url: '/downloads',
  issues_url: '/issues{/number}',
  pulls_url: '/pulls{/number}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  labels_url: '/labels{/name}',
  releases_url: '/releases{/id}',
  deployments_url: '/deployments',
} as const;

export function repositoryApi(hub: Hub, repository: Repository): string {
  return `${hub.apiUrl()}/repos/${repository.fullName}`;
}

export function repositoryPage(hub: Hub, repository: Repository): string {
  return `${hub.url()}/${repository.fullName}`;
}

function addresses(hub: Hub, repository: Repository) {
  const api = repositoryApi(hub, repository);
  const page = repositoryPage(hub, repository);
  const host = new URL(hub.url()).host;
  const listed = Object.entries(ADDRESSES).map(([name, path]) => [name, `${api}${path}`]);
  return {
    url: api,
    html_url: page,
    ...(Object.fromEntries(listed) as Record<keyof typeof ADDRESSES, string>),
    git_url: `git://${host}/${repository.fullName}.git`,
    ssh_url: `git@${host}:${repository.fullName}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
  };
}

/** As events and pull requests carry it. */
export function repositoryView(hub: Hub, repository: Repository) {
  const open = repository.pulls.filter((pull) => pull.state === 'open').length;
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: true,
    owner: userView(hub, repository.owner),
    description: null,
    fork: false,
    ...addresses(hub, repository),
    created_at: repository.createdAt,
    updated_at: repository.pushedAt,
    pushed_at: repository.pushedAt,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: false,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: 'private',
    forks: 0,
    open_issues: open,
    watchers: 0,
    default_branch: repository.defaultBranch,
  };
}

/** `repository` of an event. */
export function eventRepositoryView(hub: Hub, repository: Repository) {
  return { ...repositoryView(hub, repository), custom_properties: {} };
}

/** `GET /repos/{owner}/{repo}`. */
export function fullRepositoryView(hub: Hub, repository: Repository) {
  return {
    ...repositoryView(hub, repository),
    network_count: 0,
    subscribers_count: 0,
    allow_merge_commit: repository.mergeMethods.includes('merge'),
    allow_squash_merge: repository.mergeMethods.includes('squash'),
    allow_rebase_merge: repository.mergeMethods.includes('rebase'),
    allow_auto_merge: false,
    delete_branch_on_merge: false,
  };
}
