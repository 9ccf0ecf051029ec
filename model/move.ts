/** One thing that may happen next. */
import type { State } from './world.ts';

export interface Move {
  /** `system`: it goes on by itself. `people`: somebody does what they may do. `fault`: it is taken from the budget. */
  by: 'system' | 'people' | 'fault';
  next: State;
  /** A sentence for the story; made only for the one that is told. */
  say: () => string;
}
