/**
 * Lets the SDK download its dev server into a folder: `node download.mjs <folder> <version>`. A process of its own, because
 * the native download cannot be cancelled and must have a time limit. Plain JavaScript, so that it starts at once.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, version } },
});
await environment.teardown();
