import Sequencer from '@jest/test-sequencer';

/** From those that take minutes to those that take moments. */
const ROOMS = ['faults', 'simulator', 'e2e', 'attacks', 'fuzz', 'workflow', 'contract', 'unit'];

const roomOf = (path) => ROOMS.findIndex((room) => path.includes(`/test/${room}/`));

/** A slow file that is begun last has the machine alone while the other cores are idle. */
export default class SlowFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    return [...sorted].sort((one, other) => roomOf(one.path) - roomOf(other.path));
  }
}
