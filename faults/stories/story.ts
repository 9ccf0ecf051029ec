/** What happens in a run besides its faults. */
import type { Status } from '../../src/changeset.ts';
import type { People } from '../people.ts';
import type { World, WorldOptions } from '../world.ts';

export interface Story {
  /** Plays it to its end. */
  play(world: World, people: People): Promise<void>;
  /** The words that must stand in the manifests, by changeset; absent: any. */
  expected?: Record<string, Status>;
  /** It needs the tree of the older version. */
  older?: true;
  world?: Omit<WorldOptions, 'faults'>;
}
