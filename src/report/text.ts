/** Text from outside made safe to show in GitHub's Markdown: it cannot break out, ping, link or forge a marker (HOSTILE). */

/** GitHub takes 65,536 characters; the rest is room for what surrounds the text. */
export const BODY_LIMIT = 60_000;

/** Terminal sequences; one that never ends takes no more than its own line. */
const ANSI = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const INVISIBLE = /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/gu;
/** Half a character, left by a cut: no text that GitHub takes. */
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Without terminal colours, control characters and characters that nobody sees. */
export function plain(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(ANSI, '')
    .replaceAll(CONTROL, '')
    .replaceAll(INVISIBLE, '')
    .replaceAll(HALF, '');
}

/** A code block that its own content cannot close. */
export function fenced(text: string): string {
  const content = plain(text);
  const longest = [...content.matchAll(/`+/g)].reduce((length, run) => Math.max(length, run[0].length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${content}\n${fence}`;
}

/** Characters of a text from outside that are shown in a line: escaping makes them five times as many at most. */
const LINE_LIMIT = 4_000;

/** One line of prose: no markup, no mention, no reference, no marker, and no longer than a person reads. */
export function inline(text: string, limit = LINE_LIMIT): string {
  return (
    plain(beginning(text, limit))
      .replaceAll(/[\n\t]/g, ' ')
      .trim()
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll(/([\\`*_{}[\]|~])/g, '\\$1')
      .replaceAll('@', '@\u200b')
      .replaceAll(/#(?=\d)/g, '#\u200b')
      .replaceAll(/\bGH-(?=\d)/gi, '$&\u200b')
      .replaceAll(/:(?=\/\/)|www(?=\.)/gi, '$&\u200b')
      // GitHub makes a link of what may be a commit, but not in code; and a person copies it whole.
      .replaceAll(/(?<![0-9a-f])[0-9a-f]{7,40}(?![0-9a-f])/gi, '`$&`')
      .replace(/^(\d*)(?=[#+=.)-])/, '$1\\')
  );
}

/** A text's beginning, with a sign that there is more. */
export function beginning(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)} …`;
}

/** A name that was checked at the door, as code. */
export function code(name: string): string {
  return `\`${plain(name).replaceAll('`', '').replaceAll('|', '')}\``;
}

/** The last part of a body, cut with a notice when the whole would be too long. */
export function cut(text: string, limit = BODY_LIMIT): string {
  if (text.length <= limit) return text;
  return `… ${text.length - limit} characters before this are in the whole log …\n${text.slice(-limit)}`;
}

/** Names keep their spelling: a sentence may begin with a repository. */
export function capital(text: string): string {
  if (/^\S*[/\d]/.test(text)) return text;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Names that are listed at most. */
export const NAMED = 10;

/** The first of them, and how many more there are. */
export function few(words: string[]): string {
  const more = words.length > NAMED ? ` and ${words.length - NAMED} more` : '';
  return `${words.slice(0, NAMED).join(', ')}${more}`;
}
