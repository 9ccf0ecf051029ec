/** What becomes of an attempt's comments when a later attempt of the same changeset has come to its end. */
import type { Outcome } from '../changeset.ts';
import { outcomeWord } from './phases.ts';

const OF_AN_ATTEMPT = /^<!-- lockstep ([^\s:]+):([^\s:]+):(failure|operator):?\d* -->/;
const WHAT = { failure: 'failure', operator: 'call for an operator' };
const COLLAPSED = '<details>';

/** A comment on an earlier attempt's failure, or for an operator, folded into one line; `undefined` when it is none, or folded already. */
export function superseded(
  comment: string,
  by: { name: string; attempt: string; outcome: Outcome; now: string },
): { marker: string; body: string } | undefined {
  const [marker, name, attempt, what] = OF_AN_ATTEMPT.exec(comment) ?? [];
  if (marker === undefined || name !== by.name || attempt === by.attempt) return undefined;
  const said = comment.slice(marker.length).trim();
  if (said.startsWith(COLLAPSED)) return undefined;
  const when = `${by.now.slice(0, 10)} ${by.now.slice(11, 16)} UTC`;
  const summary = `An earlier ${WHAT[what as keyof typeof WHAT]} of <code>${name}</code>, superseded by the attempt of ${when}: ${outcomeWord(by.outcome)}`;
  return { marker, body: `${marker}\n${COLLAPSED}<summary>${summary}</summary>\n\n${said}\n\n</details>` };
}
