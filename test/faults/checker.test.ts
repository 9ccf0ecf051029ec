/** The checker of fault runs can go red: a run in which somebody with the bot's own rights spoils what had landed. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import { createTokens } from '../../activities/github/tokens.ts';
import { workFile } from '../../faults/people.ts';
import { MEMBERS } from '../../faults/points.ts';
import { perform } from '../../faults/run.ts';
import { LANDS } from '../../faults/stories/points.ts';
import { COORDINATOR } from '../../faults/template.ts';
import type { World } from '../../faults/world.ts';
import { onTestServer } from '../support/faults.ts';

const [A = '', B = ''] = MEMBERS;

async function asBot({ github, proxy }: World) {
  const apiUrl = `${proxy.url}/api/v3`;
  const tokens = createTokens({ appId: github.app.id, privateKey: github.app.privateKeyPem, apiUrl });
  return {
    async push(repository: string, files: Record<string, string | null>, message: string) {
      const commit = await github.admin.commit(repository, 'spoiled', { files, message, from: 'main' });
      const token = await tokens.forGit(repository, 'write');
      const url = `${proxy.url.replace('//', `//x-access-token:${token}@`)}/${repository}.git`;
      await execa('git', ['push', url, `${commit}:refs/heads/main`], { cwd: github.admin.gitDirectory(repository) });
    },
    async post(path: string, body: object) {
      const token = await tokens.forApi(COORDINATOR, { pull_requests: 'write', checks: 'write' });
      const answer = await fetch(`${apiUrl}/repos/${COORDINATOR}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify(body).replace('TOKEN', token),
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    },
  };
}

/** The log does not tell any more what was tested of a repository that is no member. */
async function rewriteLogs({ dataDir }: World): Promise<void> {
  for (const name of await readdir(join(dataDir, 'logs'))) {
    const file = join(dataDir, 'logs', name);
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/^tested zone/gm, 'perhaps tested zone'));
  }
}

test('what is spoiled is seen, from the outside alone', async () => {
  const { complaints, folder } = await onTestServer((stage) =>
    perform(stage, {
      name: 'spoiled',
      seed: 1,
      faults: [],
      reach: 'all',
      story: {
        expected: { three: 'failed' },
        async play(world, people) {
          await LANDS.play(world, people);
          const bot = await asBot(world);
          await bot.push(A, { [workFile('three')]: null }, 'Out again');
          await bot.push(B, { 'untested.txt': 'x\n' }, `Merge\n\nLockstep-Changeset: ${COORDINATOR}#1/three`);
          await bot.post('/issues/1/comments', { body: '<!-- lockstep {"version":1} -->\nthe token is TOKEN' });
          const head = (await people.pull(1)).head.sha;
          await bot.post('/check-runs', { name: 'lockstep', head_sha: head, status: 'queued' });
          await world.github.admin.commit(A, 'lockstep/99/three', { files: { x: 'x' }, message: 'left' });
          await rewriteLogs(world);
          await execa('setsid', ['--fork', 'sleep', '60'], { env: { WORKSPACE: world.dataDir }, stdio: 'ignore' });
          people.commands.push({ verb: 'pause', by: 'pat', answered: { at: 0, text: 'paused' } });
        },
      },
    }),
  );
  expect(complaints).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^1 whole: .* and then Lockstep moved main of acme\/api/),
      expect.stringMatching(/^2 tested: .* of acme\/docs, and was never tested green there/),
      expect.stringMatching(/^2 tested: .* never tested green together/),
      expect.stringMatching(/^5 status: the check run of #1 was never completed/),
      expect.stringMatching(/^6 comments: #1 has more than one sticky comment/),
      expect.stringMatching(/^7 approved: .* acme\/docs/),
      expect.stringMatching(/^9 clean: .*refs\/heads\/lockstep\/99\/three/),
      expect.stringMatching(/^9 clean: .*the process sleep 60/),
      expect.stringMatching(/^10 secret: /),
      expect.stringMatching(/^11 answered: /),
      'three: expected to end as failed, found success',
    ]),
  );
  expect(folder).toBeDefined();
}, 300_000);
