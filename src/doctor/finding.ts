/** What the doctor says about one thing: that it is well, that it is not and what to do, or that it cannot be seen and why. */

export interface Finding {
  state: 'ok' | 'wrong' | 'unknown';
  /** The repository, or the part of the set-up. */
  about: string;
  says: string;
}

const WORDS = { ok: 'ok     ', wrong: 'WRONG  ', unknown: 'unknown' } as const;

/** One line, whatever was read from outside. */
export function findingLine({ state, about, says }: Finding): string {
  return `${WORDS[state]} ${about}: ${says}`.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

/** The last line, and whether a script may go on. */
export function summary(findings: Finding[]): { line: string; isWell: boolean } {
  const count = (state: Finding['state']) => findings.filter((one) => one.state === state).length;
  const [ok, wrong, unknown] = [count('ok'), count('wrong'), count('unknown')];
  return { line: `doctor: ${ok} ok, ${wrong} wrong, ${unknown} unknown`, isWell: wrong === 0 };
}

/** The wrongs, or that it is well. */
export function orWell(about: string, wrongs: string[], well: string): Finding[] {
  if (wrongs.length === 0) return [{ state: 'ok', about, says: well }];
  return wrongs.map((says) => ({ state: 'wrong', about, says }));
}
