/** The workflow types of the bundle, by CONTRACT's names. */
export { changeset } from './changeset.ts';
export { comment } from './comment.ts';
export { janitor } from './janitor.ts';
export { pipeline } from './pipeline.ts';
export { queue } from './queue.ts';
export { reconcile } from './reconcile.ts';
export { report } from './report.ts';
