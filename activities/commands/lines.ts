/**
 * The lines of a comment that can be commands: those that its author wrote as plain text of its own. What stands in a quote, a list, a
 * code block, a table, a link or a footnote, struck out, or after anything of HTML, which may hide it from readers, is said about
 * commands, not to Lockstep (HOSTILE). Nor is what a mail program quotes below an answer.
 */
import MarkdownIt from 'markdown-it';

/** GitHub's own limit of a comment; what is longer was not written by GitHub. */
const LIMIT = 65_536;

const markdown = new MarkdownIt({ html: true });

/** Of a mail that answers: what follows is the other's. */
const QUOTED_MAIL = /^(?:-{2,} ?Original Message ?-{2,}|From: .*|On .* wrote:|_{10,})$/im;

export function ownLines(body: string): string[] {
  const whole = body.slice(0, LIMIT).replaceAll(/\r\n?/g, '\n');
  const mail = QUOTED_MAIL.exec(whole);
  const text = mail === null ? whole : whole.slice(0, mail.index);
  const source = text.split('\n');
  const blocks = markdown.parse(text, {});
  const enclosed = blocks.findIndex(encloses);
  return (enclosed < 0 ? blocks : blocks.slice(0, enclosed + 1)).flatMap((block, i) => {
    const before = blocks[i - 1];
    if (block.type !== 'inline' || before?.type !== 'paragraph_open' || before.level !== 0 || block.map === null)
      return [];
    const [from, to] = block.map;
    if (FOOTNOTE.test(source[from - 1] ?? '') || FORMULA.test(block.content)) return [];
    const parts = partsOf(block.children ?? []);
    // Code that goes over several lines has swallowed their ends: which of them are text cannot be told by counting.
    return parts.length === to - from ? source.slice(from, to).filter((_, line) => parts[line]) : [];
  });
}

const FOOTNOTE = /^ {0,3}\[\^[^\]]*\]:/;
const FORMULA = /^ {0,3}\$\$/m;

type Block = ReturnType<MarkdownIt['parse']>[number];
type Token = NonNullable<Block['children']>[number];

/** HTML and formulas enclose what follows them, as far as their own rules say. */
function encloses({ type, content, children }: Block): boolean {
  return type === 'html_block' || (type === 'inline' && (FORMULA.test(content) || children?.some(isHtml) === true));
}

function isHtml({ type }: Token): boolean {
  return type === 'html_inline';
}

/** Of each line of a paragraph, whether it begins as plain text, and after no HTML. */
function partsOf(tokens: Token[]): boolean[] {
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    if (token.type === 'softbreak' || token.type === 'hardbreak') lines.push([]);
    else lines.at(-1)?.push(token);
  }
  const html = lines.findIndex((line) => line.some(isHtml));
  return lines.map(([first], i) => first?.type === 'text' && first.level === 0 && (html < 0 || i <= html));
}
