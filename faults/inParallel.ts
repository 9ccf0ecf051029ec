/** Does all the work, some of it at a time; results come in the order in which they were had. */
export async function inParallel<T, R>(all: T[], count: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const waiting = [...all];
  const results: R[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results.push(await work(next));
  };
  await Promise.all(Array.from({ length: count }, worker));
  return results;
}
