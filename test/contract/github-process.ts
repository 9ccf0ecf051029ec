/** A local GitHub in a process of its own, for killing: `tsx github-process.ts <dir>`. Prints its address. */
import { startLocalGitHub } from '../../server/local/github/index.ts';

const github = await startLocalGitHub({ dir: process.argv[2] ?? '' });
process.stdout.write(`${github.url}\n`);
