/** The two forges of the contract suite, each with hands to play people: the fake, and the adapter on a local GitHub. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createForge } from '../../activities/github/createForge.ts';
import { createFakeForge, FAKE_LOGIN } from '../../activities/github/fake.ts';
import { createTokens } from '../../activities/github/tokens.ts';
import { startLocalGitHub } from '../../server/local/github/index.ts';
import type { Annotation, Forge, Permission } from '../../src/ports.ts';

export const COORDINATOR = 'acme/coordinator';
export const MEMBER = 'acme/api';

export interface ForgeWorld {
  forge: Forge;
  open(pull: {
    repository?: string;
    branch: string;
    files: Record<string, string>;
    title?: string;
    draft?: boolean;
  }): Promise<{ number: number; head: string }>;
  push(branch: string, files: Record<string, string>): Promise<string>;
  closePull(number: number): Promise<void>;
  /** Makes GitHub refuse to merge it. */
  block(number: number): Promise<void>;
  setRole(login: string, permission: Permission): void;
  /** A rule that binds the App on the member's `main`; gives what takes it away. */
  addRule(): () => void;
  uninstall(repository: string): void;
  comment(number: number, comment: { author: 'person' | 'bot'; body: string }): Promise<void>;
  comments(repository: string, number: number): Promise<{ author: string; body: string }[]>;
  checks(): {
    head: string;
    state: string;
    title: string;
    annotations: Pick<Annotation, 'path' | 'line' | 'message'>[];
  }[];
  /** Makes one webhook delivery fail; resolves when that is known. */
  failDelivery(): Promise<void>;
  stop(): Promise<void>;
}

export async function fakeWorld(): Promise<ForgeWorld> {
  const forge = createFakeForge({ coordinator: COORDINATOR });
  const { state } = forge;
  for (const repository of [COORDINATOR, MEMBER]) state.rules.set(repository, []);
  let commits = 0;
  const commit = () => {
    commits += 1;
    return commits.toString(16).padStart(40, '0');
  };
  const pull = (number: number) => {
    const found = state.pulls.find((one) => one.number === number);
    if (!found) throw new Error(`no pull request ${number}`);
    return found;
  };
  return {
    forge,
    async open({ repository = COORDINATOR, branch, files, title = branch, draft = false }) {
      const number = state.pulls.length + 1;
      const head = commit();
      state.pulls.push({
        repository,
        number,
        title,
        state: 'open',
        draft,
        author: 'ann',
        headRepository: repository,
        headBranch: branch,
        head,
        baseBranch: 'main',
        url: `https://forge.example/${repository}/pull/${number}`,
        files: Object.keys(files).map((path) => ({ path, change: 'added' })),
      });
      return { number, head };
    },
    async push(branch, files) {
      const head = commit();
      const found = state.pulls.find((one) => one.headBranch === branch);
      if (found)
        Object.assign(found, {
          head,
          files: [...found.files, ...Object.keys(files).map((path) => ({ path, change: 'added' }))],
        });
      return head;
    },
    closePull: async (number) => void Object.assign(pull(number), { state: 'closed' }),
    block: async (number) =>
      void Object.assign(pull(number), { blocked: 'Required status check "build" is expected.' }),
    setRole: (login, permission) => void state.permissions.set(`${COORDINATOR} ${login}`, permission),
    addRule: () => {
      state.rules.set(MEMBER, [`the ruleset "x" on main of ${MEMBER} requires status checks: bypass list`]);
      return () => void state.rules.set(MEMBER, []);
    },
    uninstall: (repository) => void state.rules.delete(repository),
    async comment(number, { author, body }) {
      const id = 1000 + state.comments.length;
      state.comments.push({
        id,
        repository: COORDINATOR,
        number,
        author: author === 'bot' ? FAKE_LOGIN : 'ann',
        body,
        edits: 0,
        createdAt: '1970-01-01T00:00:00Z',
        updatedAt: '1970-01-01T00:00:00Z',
        reactions: [],
      });
    },
    comments: async (repository, number) =>
      state.comments
        .filter((one) => one.repository === repository && one.number === number)
        .map(({ author, body }) => ({ author, body })),
    checks: () =>
      state.checkRuns.map(({ head, state: at, title, annotations }) => ({
        head,
        state: at,
        title,
        annotations: annotations.map(({ path, line, message }) => ({ path, line, message })),
      })),
    failDelivery: async () => void state.failedDeliveries.push(new Date()),
    stop: async () => undefined,
  };
}

export async function localWorld(): Promise<ForgeWorld & { local: Awaited<ReturnType<typeof startLocalGitHub>> }> {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-forge-'));
  let answers: number[] = [];
  const hook = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answers.shift() ?? 202).end());
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const { port } = hook.address() as AddressInfo;
  const local = await startLocalGitHub({ dir, webhook: { url: `http://127.0.0.1:${port}/`, secret: 's' } });
  const { admin } = local;
  for (const repository of [COORDINATOR, MEMBER]) {
    await admin.createRepository(repository);
    admin.protect(repository);
  }
  const { token } = admin.addPerson('ann');
  for (const repository of [COORDINATOR, MEMBER]) admin.setRole('ann', repository, 'write');
  const tokens = createTokens({
    appId: local.app.id,
    privateKey: local.app.privateKeyPem,
    apiUrl: local.apiUrl,
    pacing: 'none',
  });
  const forge = createForge({
    coordinator: COORDINATOR,
    apiUrl: local.apiUrl,
    serverUrl: local.url,
    tokens,
    pacing: 'none',
  });
  const api = async (path: string, as: string) => {
    const response = await fetch(`${local.apiUrl}${path}`, { headers: { authorization: `token ${as}` } });
    return (await response.json()) as { user: { login: string }; body: string }[];
  };
  const world: ForgeWorld & { local: typeof local } = {
    local,
    forge,
    async open({ repository = COORDINATOR, branch, files, title = branch, draft = false }) {
      const head = await admin.commit(repository, branch, { files, message: 'change', author: 'ann' });
      const number = await admin.openPullRequest(repository, { head: branch, title, author: 'ann', draft });
      return { number, head };
    },
    push: (branch, files) => admin.commit(COORDINATOR, branch, { files, message: 'more', author: 'ann' }),
    closePull: (number) => admin.editPullRequest(COORDINATOR, number, { state: 'closed' }),
    async block() {
      admin.addRule(COORDINATOR, {
        type: 'required_status_checks',
        parameters: { required_status_checks: [{ context: 'build' }] },
      });
    },
    setRole: (login, permission) => admin.setRole(login, COORDINATOR, permission),
    addRule: () => {
      const id = admin.addRule(MEMBER, {
        type: 'required_status_checks',
        parameters: { required_status_checks: [{ context: 'build' }] },
      });
      return () => admin.removeRuleset(MEMBER, id);
    },
    uninstall: (repository) => admin.setInstalled(repository, false),
    async comment(number, { author, body }) {
      if (author === 'person') return void (await admin.comment(COORDINATOR, number, { author: 'ann', body }));
      const as = await tokens.forApi(COORDINATOR, { pull_requests: 'write' });
      const url = `${local.apiUrl}/repos/${COORDINATOR}/issues/${number}/comments`;
      await fetch(url, { method: 'POST', headers: { authorization: `token ${as}` }, body: JSON.stringify({ body }) });
    },
    async comments(repository, number) {
      const all = await api(`/repos/${repository}/issues/${number}/comments?per_page=100`, token);
      return all.map((one) => ({ author: one.user.login, body: one.body }));
    },
    checks: () =>
      admin.checkRuns(COORDINATOR).map((run) => ({
        head: run.headSha,
        state: run.conclusion ?? run.status,
        title: run.output.title ?? '',
        annotations: run.annotations.map(({ path, start_line: line, message }) => ({ path, line, message })),
      })),
    async failDelivery() {
      await admin.settled();
      answers = [500];
      const { number } = await world.open({ branch: `fails-${Date.now()}`, files: { x: 'x' } });
      await world.closePull(number);
      await admin.settled();
      answers = [];
    },
    async stop() {
      await local.stop();
      await new Promise((resolve) => hook.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return world;
}
