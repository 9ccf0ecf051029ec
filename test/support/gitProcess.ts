/** A process of its own that uses the Git port: `tsx gitProcess.ts <dataDir> <url> <repository> <commit>`. */
import { createGit } from '../../activities/git/createGit.ts';

const [dataDir = '', url = '', repository = '', commit = ''] = process.argv.slice(2);
const git = createGit({ dataDir, remoteUrl: (name) => `${url}/${name}.git`, protocols: ['http', 'file'] });
await git.fetch(repository, [commit], { signal: new AbortController().signal });
process.stdout.write(`${await git.treeOf(repository, commit)}\n`);
