/** Messages of commits that take out and bring back, of one changeset. */
import { candidateMessage, revertMessage } from '../../src/landing/trailers.ts';
import { commit } from './landings.ts';

export const id = { coordinator: 'acme/coordinator', pullRequest: 12, name: 'checkout' };
export const C = commit('c');
export const reverts = (of: string) => revertMessage({ changeset: id, candidate: of, reason: 'why' });
export const gitRevert = (of: string) => `Revert "x"\n\nThis reverts commit ${of}.\n`;
export const reapplies = (...of: string[]) =>
  candidateMessage({ changeset: id, member: { repository: 'acme/api', branch: 'b' }, pins: [], reapplies: of });
