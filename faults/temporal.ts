/** Temporal as a run sees it: the one that all share, or one of its own that may die. */
import { join } from 'node:path';
import { startTemporal } from '../server/local/temporal/server.ts';

export interface Temporal {
  address: string;
  /** SIGKILL, then again on its file and port. Only where it is the run's own. */
  restart(): Promise<void>;
  /** How often it was killed. */
  deaths(): number;
  stop(): Promise<void>;
}

export async function openTemporal(
  shared: { address: string; path: string },
  { folder, own }: { folder: string; own: boolean },
): Promise<Temporal> {
  if (!own) {
    const restart = () => Promise.reject(new Error('this Temporal is shared with other runs'));
    return { address: shared.address, restart, deaths: () => 0, stop: async () => undefined };
  }
  const options = { path: shared.path, dbFile: join(folder, 'temporal.db'), namespaces: ['default'] };
  let server = await startTemporal(options);
  const { address } = server;
  const port = Number(address.split(':')[1]);
  let deaths = 0;
  let restarted = Promise.resolve();
  const again = async () => {
    server.kill();
    deaths += 1;
    await server.ended;
    server = await startTemporal({ ...options, port });
  };
  return {
    address,
    restart() {
      restarted = restarted.then(again);
      return restarted;
    },
    deaths: () => deaths,
    async stop() {
      await restarted;
      await server.stop();
    },
  };
}
