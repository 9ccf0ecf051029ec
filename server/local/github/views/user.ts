/** Users and the App as GitHub shows them. */
import { isSuspended } from '../credentials.ts';
import type { Hub } from '../hub.ts';
import type { AppState, GlobalState, User } from '../types.ts';
import { botLogin, ensureUser, findUser } from '../users.ts';

export function nodeId(type: string, id: number): string {
  return Buffer.from(`${type}:${id}`).toString('base64');
}

export function userView(hub: Hub, login: string) {
  return viewOf(hub, findUser(hub, login) ?? ensureUser(hub, login));
}

function viewOf(hub: Hub, user: User) {
  const api = `${hub.apiUrl()}/users/${encodeURIComponent(user.login)}`;
  const page = user.type === 'Bot' ? `${hub.url()}/apps/${hub.store.global.app.slug}` : `${hub.url()}/${user.login}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId(user.type, user.id),
    avatar_url: `${hub.url()}/avatars/u/${user.id}`,
    gravatar_id: '',
    url: api,
    html_url: page,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

/** `GET /users/{username}`. */
export function publicUserView(hub: Hub, user: User) {
  return {
    ...viewOf(hub, user),
    user_view_type: 'public',
    name: null,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: user.createdAt,
    updated_at: user.createdAt,
  };
}

/** `organization` as events carry it. */
export function organizationView(hub: Hub, login: string) {
  const user = ensureUser(hub, login, 'Organization');
  const api = `${hub.apiUrl()}/orgs/${login}`;
  return {
    login,
    id: user.id,
    node_id: nodeId('Organization', user.id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${hub.url()}/avatars/u/${user.id}`,
    description: null,
  };
}

export function appView(hub: Hub) {
  const { app }: GlobalState = hub.store.global;
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('Integration', app.id),
    owner: userView(hub, hub.store.global.accounts[0] ?? botLogin(hub)),
    name: app.slug,
    description: null,
    external_url: hub.url(),
    html_url: `${hub.url()}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: app.permissions,
    events: app.events,
  };
}

/** What accounts granted, which lags behind what the App asks for until they accept it. */
export function grantedTo({ permissions, events, granted }: AppState): Pick<AppState, 'permissions' | 'events'> {
  return granted ?? { permissions, events };
}

export function installationView(hub: Hub, account: string) {
  const { app, accounts } = hub.store.global;
  const id = accounts.indexOf(account) + 1;
  const user = ensureUser(hub, account, 'Organization');
  return {
    id,
    account: userView(hub, account),
    access_tokens_url: `${hub.apiUrl()}/app/installations/${id}/access_tokens`,
    repositories_url: `${hub.apiUrl()}/installation/repositories`,
    html_url: `${hub.url()}/organizations/${account}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: user.id,
    target_type: 'Organization',
    ...grantedTo(app),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    repository_selection: 'selected',
    created_at: app.createdAt,
    updated_at: app.createdAt,
    suspended_by: null,
    suspended_at: isSuspended(hub, account) ? app.createdAt : null,
  };
}
