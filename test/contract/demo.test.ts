/** What the demo says in the end is what git has: it ends with 0 only when all of its story came true. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BRANCH, buildShop, COORDINATOR, MANIFEST, MANIFEST_PATH } from '../../server/local/demo/shop.ts';
import { type Mains, readMains, verify } from '../../server/local/demo/verify.ts';
import { type LocalGitHub, startLocalGitHub } from '../../server/local/github/index.ts';

const ENDS = {
  'price-in-cents': 'success',
  'austrian-tax': 'success',
  'search-by-tag': 'failed',
  'new-header': 'success',
  coffee: 'skipped',
};
const LANDED: Record<string, string[]> = {
  'acme/contracts': ['feature/price-in-cents'],
  'acme/checkout': ['feature/price-in-cents'],
  'acme/pricing': ['feature/price-in-cents', 'feature/austrian-tax'],
  'acme/web': ['feature/new-header'],
};

let folder: string;
let github: LocalGitHub;
let before: Mains;
let heads: Record<string, string>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-demo-test-'));
  github = await startLocalGitHub({ dir: folder, webhook: { url: 'http://127.0.0.1:1/', secret: 's' } });
  const shop = await buildShop(github);
  heads = shop.heads;
  before = await readMains(github);
  await shop.open();
  for (const [name, branches] of Object.entries(LANDED)) await land(name, branches);
});
afterEach(async () => {
  await github.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** All of these branches on `main`: the second of a repository begins at the first. */
async function land(name: string, branches: string[]): Promise<void> {
  const [first = '', second] = branches;
  if (second !== undefined) {
    const from = heads[`${name} ${first}`] ?? '';
    heads[`${name} ${second}`] = await github.admin.commit(name, `${second}-too`, { files: {}, message: 'x', from });
  }
  await github.admin.moveRef(name, 'main', heads[`${name} ${branches.at(-1)}`] ?? '');
}

async function writeStatuses(ends: Record<string, string>): Promise<string> {
  const text = MANIFEST.replaceAll(/^ {2}- name: (\S+).*$/gm, (line, name: string) =>
    ends[name] === undefined ? line : `${line}\n    status: ${ends[name]}`,
  );
  return github.admin.commit(COORDINATOR, BRANCH, { files: { [MANIFEST_PATH]: text }, message: 'Statuses' });
}

it('a story that came true is told as it is in git', async () => {
  await github.admin.moveRef(COORDINATOR, 'main', await writeStatuses(ENDS));
  const { differences, outcomes, mains } = await verify(github, { before, heads });
  expect(differences).toEqual([]);
  expect(outcomes.map((line) => line.split(/ +/).slice(0, 2).join(' '))).toEqual([
    'price-in-cents landed',
    'austrian-tax landed',
    'search-by-tag failed',
    'new-header landed',
    'coffee skipped',
  ]);
  expect(mains.find((line) => line.startsWith(COORDINATOR))).toContain('Statuses');
});

it('a pull request that was not merged is no success, whatever landed', async () => {
  await writeStatuses(ENDS);
  const { differences, outcomes } = await verify(github, { before, heads });
  expect(differences[0]).toMatch(/^expected the pull request to be merged, found main of acme\/coordinator without/);
  expect(differences).toContain('coffee: expected skipped as its status on main of acme/coordinator, found none');
  expect(outcomes.join()).not.toMatch(/landed|failed|skipped/);
});

it('a status that the story does not have is told as it was found', async () => {
  await github.admin.moveRef(COORDINATOR, 'main', await writeStatuses({ ...ENDS, coffee: 'failed' }));
  const { differences, outcomes } = await verify(github, { before, heads });
  expect(differences).toEqual(['coffee: expected skipped as its status on main of acme/coordinator, found failed']);
  expect(outcomes.at(-1)).toMatch(/^coffee +failed/);
});

it('a branch that did not land, and a commit pushed after the merge, are differences', async () => {
  await github.admin.moveRef('acme/web', 'main', before['acme/web'] ?? '');
  await github.admin.moveRef(COORDINATOR, 'main', await writeStatuses(ENDS));
  await writeStatuses({ ...ENDS, coffee: 'success' });
  const { differences } = await verify(github, { before, heads });
  expect(differences).toEqual([
    expect.stringContaining('expected the pull request to be merged'),
    expect.stringContaining('new-header: expected main of acme/web to have feature/new-header'),
  ]);
});
