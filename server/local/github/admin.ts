/** What set-up and tests may do and nobody else: there is no address for any of it. */
import { addComment } from './comments.ts';
import { mintToken } from './credentials.ts';
import { emitCheckRun, emitPing } from './events.ts';
import { git, readRef } from './git.ts';
import { gitDirectory, type Hub, repositoryNamed, timestamp } from './hub.ts';
import { editPull, openPull, type PullEdit, setDraft } from './pulls.ts';
import { moveRefAs } from './refs.ts';
import { createRepository, type NewRepository } from './repositories.ts';
import { addRuleset, type Protection, protect } from './rulesets.ts';
import type { AppState, CheckRun, Pull, RefUpdate, Repository, Role, Rule, Ruleset, WebhookSettings } from './types.ts';
import { ensureUser } from './users.ts';
import type { DeliveryPolicy, WebhookDelivery } from './webhooks.ts';
import { type FileContent, writeCommit } from './write-commit.ts';

export interface NewCommit {
  files: Record<string, FileContent | null>;
  message: string;
  /** Login of the pusher; default `admin`. */
  author?: string;
  /** Where a new branch begins: a commit or a branch; default the default branch. */
  from?: string;
}

export interface LocalGitHubAdmin {
  createRepository(fullName: string, options?: NewRepository): Promise<{ main: string }>;
  /** Makes a person, if there is none of that name, and a token for them. */
  addPerson(login: string): { token: string };
  setRole(login: string, fullName: string, role: Role): void;
  /** The two rulesets: only the App updates `main`; nobody force-pushes or deletes it. */
  protect(fullName: string, options?: Protection): void;
  /** Adds a ruleset of one rule on `main` that nobody bypasses; returns its id. */
  addRule(fullName: string, rule: Rule): number;
  removeRuleset(fullName: string, id: number): void;
  rulesets(fullName: string): Ruleset[];
  /** Changes a ruleset as its administrator would, e.g. who bypasses it. */
  editRuleset(fullName: string, name: string, change: Partial<Ruleset>): void;
  setMergeMethods(fullName: string, methods: Repository['mergeMethods']): void;
  /** Installs the App on a repository, or takes it away. */
  setInstalled(fullName: string, installed: boolean): void;
  /** An owner suspends the App on all of its repositories, or lifts that. */
  setSuspended(owner: string, suspended: boolean): void;
  /** A push by a person, rules not asked; resolves with the new commit when its events are queued. */
  commit(fullName: string, branch: string, change: NewCommit): Promise<string>;
  /** Sets a ref (full name, or a branch) as an administrator with bypass; null deletes it. */
  moveRef(fullName: string, ref: string, commit: string | null): Promise<void>;
  readRef(fullName: string, ref: string): Promise<string | null>;
  openPullRequest(
    fullName: string,
    pull: { head: string; base?: string; title: string; body?: string; author: string; draft?: boolean },
  ): Promise<number>;
  editPullRequest(fullName: string, number: number, edit: PullEdit & { by?: string; draft?: boolean }): Promise<void>;
  comment(fullName: string, number: number, comment: { author: string; body: string }): Promise<number>;
  /** Someone presses "Re-run" on a check run. */
  rerequestCheckRun(fullName: string, id: number, by: string): void;
  /** Someone presses a check run's button. */
  requestAction(fullName: string, id: number, request: { by: string; identifier: string }): void;
  checkRuns(fullName: string): CheckRun[];
  /** Folder of the bare repository, for reading with git. */
  gitDirectory(fullName: string): string;
  /** Every ref update so far, in order. */
  record(): RefUpdate[];
  deliveries(): WebhookDelivery[];
  setWebhook(url: string, secret: string, settings?: Pick<WebhookSettings, 'contentType' | 'insecureSsl'>): void;
  /** What the App asks for; accounts grant it at once, unless `granted` says what they did. */
  setApp(
    change: Partial<Pick<AppState, 'permissions' | 'events'>> & { granted?: AppState['granted'] | undefined },
  ): void;
  setWebhookDelivery(policy: DeliveryPolicy): void;
  redeliver(id: number): void;
  /** Resolves when every webhook queued so far has been sent and answered. */
  settled(): Promise<void>;
}

function pullNumbered(repository: Repository, number: number): Pull {
  const pull = repository.pulls.find((one) => one.number === number);
  if (pull === undefined) throw new Error(`${repository.fullName} has no pull request #${number}`);
  return pull;
}

function runNumbered(repository: Repository, id: number): CheckRun {
  const run = repository.checkRuns.find((one) => one.id === id);
  if (run === undefined) throw new Error(`${repository.fullName} has no check run ${id}`);
  return run;
}

const fullRef = (ref: string) => (ref.startsWith('refs/') ? ref : `refs/heads/${ref}`);

async function commit(hub: Hub, repository: Repository, wanted: NewCommit & { branch: string }): Promise<string> {
  const directory = gitDirectory(hub, repository);
  const ref = fullRef(wanted.branch);
  const old = await readRef(directory, ref);
  const from = wanted.from ?? repository.defaultBranch;
  const parent = old ?? (await readRef(directory, fullRef(from))) ?? (await git(directory, ['rev-parse', from])).trim();
  const author = ensureUser(hub, wanted.author ?? 'admin');
  const made = await writeCommit(directory, {
    parent,
    files: wanted.files,
    message: wanted.message,
    author,
    date: timestamp(hub),
  });
  if (!(await moveRefAs(hub, repository, { ref, old, new: made }, { login: author.login, via: 'git' }))) {
    throw new Error(`${ref} of ${repository.fullName} moved meanwhile: expected ${old}`);
  }
  return made;
}

async function moveRef(hub: Hub, repository: Repository, wanted: { ref: string; to: string | null }): Promise<void> {
  const ref = fullRef(wanted.ref);
  const old = await readRef(gitDirectory(hub, repository), ref);
  if (old === wanted.to) return;
  ensureUser(hub, 'admin');
  if (!(await moveRefAs(hub, repository, { ref, old, new: wanted.to }, { login: 'admin', via: 'admin' }))) {
    throw new Error(`${ref} of ${repository.fullName} could not be moved from ${old} to ${wanted.to}`);
  }
}

/** The administrator of a local GitHub. */
export function createAdmin(hub: Hub): LocalGitHubAdmin {
  const named = (fullName: string) => repositoryNamed(hub, fullName);
  const change = (fullName: string, apply: (repository: Repository) => void) => {
    const repository = named(fullName);
    apply(repository);
    hub.store.save(repository);
  };
  return {
    ...peopleAndRules(hub, change),
    ...conversation(hub),
    ...webhookControls(hub),
    createRepository: (fullName, options = {}) => createRepository(hub, fullName, options),
    setMergeMethods: (fullName, methods) => change(fullName, (one) => Object.assign(one, { mergeMethods: methods })),
    setInstalled: (fullName, installed) => change(fullName, (one) => Object.assign(one, { installed })),
    setSuspended(owner, suspended) {
      const { global } = hub.store;
      const others = (global.suspended ?? []).filter((account) => account !== owner);
      global.suspended = suspended ? [...others, owner] : others;
      hub.store.saveGlobal();
    },
    commit: (fullName, branch, wanted) => commit(hub, named(fullName), { ...wanted, branch }),
    moveRef: (fullName, ref, to) => moveRef(hub, named(fullName), { ref, to }),
    readRef: (fullName, ref) => readRef(gitDirectory(hub, named(fullName)), fullRef(ref)),
    gitDirectory: (fullName) => gitDirectory(hub, named(fullName)),
    record: () => hub.store.recorded(),
  };
}

type Change = (fullName: string, apply: (repository: Repository) => void) => void;

function peopleAndRules(hub: Hub, change: Change) {
  return {
    addPerson(login: string) {
      return { token: mintToken(hub, { kind: 'person', login: ensureUser(hub, login).login }).token };
    },
    setRole(login: string, fullName: string, role: Role) {
      ensureUser(hub, login);
      change(fullName, (repository) => {
        repository.roles[login.toLowerCase()] = role;
      });
    },
    protect: (fullName: string, options: Protection = {}) =>
      change(fullName, (repository) => protect(hub, repository, options)),
    addRule(fullName: string, rule: Rule) {
      return addRuleset(hub, repositoryNamed(hub, fullName), { name: rule.type, rules: [rule], bypassActors: [] });
    },
    removeRuleset: (fullName: string, id: number) =>
      change(fullName, (repository) => {
        repository.rulesets = repository.rulesets.filter((ruleset) => ruleset.id !== id);
      }),
    rulesets: (fullName: string) => repositoryNamed(hub, fullName).rulesets.map((ruleset) => ({ ...ruleset })),
    editRuleset: (fullName: string, name: string, wanted: Partial<Ruleset>) =>
      change(fullName, (repository) => {
        const ruleset = repository.rulesets.find((one) => one.name === name);
        if (ruleset === undefined) throw new Error(`${fullName} has no ruleset "${name}"`);
        Object.assign(ruleset, wanted);
      }),
  };
}

function conversation(hub: Hub) {
  const named = (fullName: string) => repositoryNamed(hub, fullName);
  const admin: Pick<
    LocalGitHubAdmin,
    'openPullRequest' | 'editPullRequest' | 'comment' | 'rerequestCheckRun' | 'requestAction' | 'checkRuns'
  > = {
    async openPullRequest(fullName, pull) {
      const repository = named(fullName);
      const base = pull.base ?? repository.defaultBranch;
      const wanted = { ...pull, base, body: pull.body ?? null, draft: pull.draft ?? false };
      return (await openPull(hub, repository, wanted)).number;
    },
    async editPullRequest(fullName, number, { by, draft, ...edit }) {
      const repository = named(fullName);
      const pull = pullNumbered(repository, number);
      const sender = ensureUser(hub, by ?? 'admin').login;
      await editPull(hub, repository, { ...edit, pull, sender });
      if (draft !== undefined) await setDraft(hub, repository, { pull, draft, sender });
    },
    comment: async (fullName, number, comment) => addComment(hub, named(fullName), { number, ...comment }).id,
    rerequestCheckRun(fullName, id, by) {
      const run = runNumbered(named(fullName), id);
      emitCheckRun(hub, named(fullName), { run, sender: ensureUser(hub, by).login, action: 'rerequested' });
    },
    requestAction(fullName, id, { by, identifier }) {
      const run = runNumbered(named(fullName), id);
      const sender = ensureUser(hub, by).login;
      emitCheckRun(hub, named(fullName), { run, sender, action: 'requested_action', identifier });
    },
    checkRuns: (fullName) => named(fullName).checkRuns.map((run) => ({ ...run })),
  };
  return admin;
}

function webhookControls(hub: Hub) {
  return {
    deliveries: () => hub.webhooks.list(),
    setWebhook(url: string, secret: string, settings: Parameters<LocalGitHubAdmin['setWebhook']>[2] = {}) {
      hub.store.global.webhook = { url, secret, ...settings };
      hub.store.saveGlobal();
      emitPing(hub);
    },
    setApp(wanted: Parameters<LocalGitHubAdmin['setApp']>[0]) {
      Object.assign(hub.store.global.app, wanted);
      hub.store.saveGlobal();
    },
    setWebhookDelivery: (policy: DeliveryPolicy) => hub.webhooks.setPolicy(policy),
    redeliver(id: number) {
      const delivery = hub.webhooks.find(id);
      if (delivery === undefined) throw new Error(`there is no delivery ${id}`);
      hub.webhooks.redeliver(delivery);
    },
    settled: () => hub.webhooks.settled(),
  };
}
