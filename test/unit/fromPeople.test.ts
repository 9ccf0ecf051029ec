/** Signals that people paste: whoever forgets to put a name hears what to put there. */
import { expect, it } from '@jest/globals';
import { NAME_PLACEHOLDER } from '../../src/report/links.ts';
import {
  type Read,
  readApprove,
  readPause,
  readResolve,
  readResume,
  readSkip,
  readWithdraw,
} from '../../workflows/fromPeople.ts';

const READS: Record<string, (payload: unknown) => Read<{ by: string }>> = {
  approve: readApprove,
  skip: readSkip,
  pause: readPause,
  resume: readResume,
  withdraw: readWithdraw,
  resolve: readResolve,
};

const rest = { reason: 'a release', pr: 12, action: 'undo' };

it.each(Object.entries(READS))(
  '%s with the placeholder for the name is refused, and with a name it is not',
  (signal, read) => {
    const refused = `signal ${signal} was refused: replace <your name> in "by" with your own name, then send it again`;
    expect(read({ ...rest, by: NAME_PLACEHOLDER })).toEqual({ refused });
    expect(read({ ...rest, by: ` ${NAME_PLACEHOLDER} ` })).toEqual({ refused });
    expect(read({ ...rest, by: 'olga <3' })).toMatchObject({ ok: { by: 'olga <3' } });
    expect(read({ ...rest })).toMatchObject({ refused: expect.stringContaining('was not understood: expected') });
  },
);
