/** Making repositories. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { gitEnvironment } from './git.ts';
import { gitDirectory, type Hub, timestamp } from './hub.ts';
import { moveRefAs } from './refs.ts';
import type { MergeMethod, Repository } from './types.ts';
import { ensureUser } from './users.ts';
import { type FileContent, writeCommit } from './write-commit.ts';

export interface NewRepository {
  /** What the first commit holds; default a README. */
  files?: Record<string, FileContent>;
  message?: string;
  /** Whether the App is installed on it; default true. */
  installed?: boolean;
  /** Default all three. */
  mergeMethods?: MergeMethod[];
}

/** As GitHub keeps its repositories: any commit can be fetched, any object is checked, nothing is collected. */
const CONFIG = `[http]
	receivepack = true
[uploadpack]
	allowAnySHA1InWant = true
	allowReachableSHA1InWant = true
	allowFilter = true
[receive]
	advertiseAtomic = true
	advertisePushOptions = true
	autogc = false
	hideRefs = refs/pull
[transfer]
	fsckObjects = true
[gc]
	auto = 0
`;

export async function createRepository(hub: Hub, fullName: string, options: NewRepository): Promise<{ main: string }> {
  const [owner, name, ...rest] = fullName.split('/');
  if (!owner || !name || rest.length > 0) throw new Error(`expected owner/name, found ${fullName}`);
  if (hub.store.find(fullName) !== undefined) throw new Error(`${fullName} exists already`);
  ensureUser(hub, owner, 'Organization');
  const installed = options.installed ?? true;
  if (!hub.store.global.accounts.includes(owner) && installed) {
    hub.store.global.accounts.push(owner);
    hub.store.saveGlobal();
  }
  const repository = emptyRepository(hub, { owner, name, installed, mergeMethods: options.mergeMethods });
  const directory = gitDirectory(hub, repository);
  await execa('git', ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', directory], {
    extendEnv: false,
    env: gitEnvironment,
  });
  await appendFile(join(directory, 'config'), CONFIG);
  const main = await writeCommit(directory, {
    parent: null,
    files: options.files ?? { 'README.md': `# ${name}\n` },
    message: options.message ?? 'Initial commit',
    author: ensureUser(hub, 'admin'),
    date: timestamp(hub),
  });
  hub.store.save(repository);
  await moveRefAs(hub, repository, { ref: 'refs/heads/main', old: null, new: main }, { login: 'admin', via: 'admin' });
  return { main };
}

function emptyRepository(
  hub: Hub,
  given: { owner: string; name: string; installed: boolean; mergeMethods: MergeMethod[] | undefined },
): Repository {
  const time = timestamp(hub);
  return {
    id: hub.store.takeId(),
    owner: given.owner,
    name: given.name,
    fullName: `${given.owner}/${given.name}`,
    defaultBranch: 'main',
    installed: given.installed,
    mergeMethods: given.mergeMethods ?? ['merge', 'squash', 'rebase'],
    createdAt: time,
    pushedAt: time,
    roles: {},
    lastNumber: 0,
    pulls: [],
    comments: [],
    checkRuns: [],
    suites: {},
    rulesets: [],
    refs: {},
    intents: [],
  };
}
