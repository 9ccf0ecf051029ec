/**
 * The lines of a comment that can be commands: those that its author wrote as text of its own. What stands in a quote, a list, a
 * code block, a table or behind HTML is said about commands, not to Lockstep (HOSTILE).
 */
import MarkdownIt from 'markdown-it';

/** GitHub's own limit of a comment; what is longer was not written by GitHub. */
const LIMIT = 65_536;

const markdown = new MarkdownIt({ html: true });

export function ownLines(body: string): string[] {
  const text = body.slice(0, LIMIT).replaceAll(/\r\n?/g, '\n');
  const source = text.split('\n');
  const blocks = markdown.parse(text, {});
  return blocks.flatMap((block, i) => {
    const before = blocks[i - 1];
    if (block.type !== 'inline' || before?.type !== 'paragraph_open' || before.level !== 0 || block.map === null)
      return [];
    const [from, to] = block.map;
    const parts = partsOf(block.children ?? []);
    // Code or HTML that goes over several lines has swallowed their ends: which of them are text cannot be told by counting.
    return parts.length === to - from ? source.slice(from, to).filter((_, line) => parts[line]) : [];
  });
}

type Token = NonNullable<ReturnType<MarkdownIt['parse']>[number]['children']>[number];

/** Of each line of a paragraph, whether it begins as text. */
function partsOf(tokens: Token[]): boolean[] {
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    if (token.type === 'softbreak' || token.type === 'hardbreak') lines.push([]);
    else lines.at(-1)?.push(token);
  }
  return lines.map(([first]) => first?.type === 'text');
}
