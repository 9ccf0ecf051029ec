/** What becomes of the comment on a failure when a later attempt of the same changeset has come to its end. */
import type { Outcome } from '../changeset.ts';
import { outcomeWord } from './phases.ts';

const FAILURE = /^<!-- lockstep ([^\s:]+):([^\s:]+):failure -->/;
const COLLAPSED = '<details>';

/** A comment on an earlier attempt's failure, folded into one line; `undefined` when it is none, or folded already. */
export function superseded(
  comment: string,
  by: { name: string; attempt: string; outcome: Outcome; now: string },
): { marker: string; body: string } | undefined {
  const [marker, name, attempt] = FAILURE.exec(comment) ?? [];
  if (marker === undefined || name !== by.name || attempt === by.attempt) return undefined;
  const said = comment.slice(marker.length).trim();
  if (said.startsWith(COLLAPSED)) return undefined;
  const when = `${by.now.slice(0, 10)} ${by.now.slice(11, 16)} UTC`;
  const summary = `An earlier failure of <code>${name}</code>, superseded by the attempt of ${when}: ${outcomeWord(by.outcome)}`;
  return { marker, body: `${marker}\n${COLLAPSED}<summary>${summary}</summary>\n\n${said}\n\n</details>` };
}
