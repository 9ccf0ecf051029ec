/** What a comment with commands is answered. Silence, beside a reaction, says that all was done. */
import { type Asked, FORMS, formOf } from '../commands/grammar.ts';
import type { Reply } from '../commands/reply.ts';
import { code, inline } from './text.ts';

/** A comment's commands, each with what keeps it from being done, where that is known. */
export interface Commands {
  by: string;
  lines: { line: string; asked?: Asked; problem?: string }[];
}

/** `to`: a comment; or a person, who is answered once. */
export function answerMarker(to: number | string): string {
  return `<!-- lockstep answer:${to} -->`;
}

const NO_ANSWER =
  'no answer came within an hour: it may still be done; the comment above, or the status of its workflow in Temporal, says how it stands';

export function answerComment({ by, lines }: Commands, replies: Reply[]): string | undefined {
  const said = lines.flatMap(({ line, asked, problem }, i) => {
    if (asked?.verb === 'help') return [];
    const reply = replies.find((one) => one.line === i + 1);
    const sentence = problem ?? sentenceOf(reply);
    return sentence === undefined ? [] : [`- ${code(line)}: ${inline(sentence, 1_000)}`];
  });
  const help = lines.some(({ asked }) => asked?.verb === 'help') ? HELP : [];
  if (said.length + help.length === 0) return undefined;
  return [`**${inline(by)}**:`, '', ...said, ...help].join('\n');
}

export function isRefused({ lines }: Commands, replies: Reply[]): boolean {
  return lines.some(({ asked, problem }, i) => {
    if (problem !== undefined) return true;
    const reply = replies.find((one) => one.line === i + 1);
    return asked?.verb !== 'help' && (reply === undefined || reply.refused !== undefined);
  });
}

function sentenceOf(reply: Reply | undefined): string | undefined {
  return reply === undefined ? NO_ANSWER : (reply.refused ?? reply.remark);
}

const HELP = [
  '',
  'A line of a comment of its own, by a person who may write to this repository:',
  '',
  '| command | what it does |',
  '| --- | --- |',
  ...FORMS.map((form) => `| \`${formOf(form).replaceAll('|', '\\|')}\` | ${form.does} |`),
  '',
  'A comment that was edited counts for nothing: write a new one.',
];
