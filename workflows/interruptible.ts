import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';

/** Runs something that an order may stop; everything it started has ended when this returns. */
export async function runInterruptibly<T>(
  run: () => Promise<T>,
  interrupted: () => boolean,
): Promise<T | { of: 'interrupted' }> {
  const scope = new CancellationScope();
  const work = scope.run(run);
  let over = false;
  const watch = condition(() => over || interrupted()).then(() => {
    if (!over) scope.cancel();
  });
  try {
    return await work;
  } catch (error) {
    if (isCancellation(error) && interrupted()) return { of: 'interrupted' };
    throw error;
  } finally {
    over = true;
    await watch;
  }
}
