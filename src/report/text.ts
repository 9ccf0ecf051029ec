/** Text from outside made safe to show in GitHub's Markdown: it cannot break out, ping, link or forge a marker (HOSTILE). */

/** GitHub takes 65,536 characters; the rest is room for what surrounds the text. */
export const BODY_LIMIT = 60_000;

const ANSI = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g;

/** Without terminal colours, control characters and characters that nobody sees. */
export function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(ANSI, '').replaceAll(CONTROL, '').replaceAll(INVISIBLE, '');
}

/** A code block that its own content cannot close. */
export function fenced(text: string): string {
  const content = plain(text);
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${content}\n${fence}`;
}

/** One line of prose: no markup, no mention, no reference, no marker. */
export function inline(text: string): string {
  return plain(text)
    .replaceAll('\n', ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/([\\`*_{}[\]|~])/g, '\\$1')
    .replaceAll('@', '@\u200b')
    .replaceAll(/#(?=\d)/g, '#\u200b');
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
