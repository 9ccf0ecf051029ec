/**
 * A body as GitHub shows it, as a tree of HTML: GitHub Flavored Markdown with its links for mentions, issues and commits
 * (remark-github), and the HTML in it read by a parser of HTML (rehype-raw, parse5).
 */
import type { Element, Nodes, Root } from 'hast';
import rehypeRaw from 'rehype-raw';
import remarkGfm from 'remark-gfm';
import remarkGithub from 'remark-github';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';

const pipeline = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkGithub, { repository: 'acme/coordinator', mentionStrong: false })
  .use(remarkRehype, { allowDangerousHtml: true })
  .use(rehypeRaw)
  .freeze();

export interface Shown {
  elements: Element[];
  /** Addresses of links. */
  links: string[];
  /** Comments of HTML. */
  comments: string[];
  /** Text that is not in code, element by element. */
  prose: string;
  /** All text. */
  text: string;
}

export function shownOnGitHub(markdown: string): Shown {
  const root: Root = pipeline.runSync(pipeline.parse(markdown));
  const shown: Shown = { elements: [], links: [], comments: [], prose: '', text: '' };
  collect(root, shown, false);
  return shown;
}

function collect(node: Nodes, shown: Shown, inCode: boolean): void {
  if (node.type === 'comment') shown.comments.push(node.value);
  if (node.type === 'text') {
    shown.text += node.value;
    if (!inCode) shown.prose += node.value;
  }
  if (node.type === 'element') {
    shown.elements.push(node);
    if (node.tagName === 'a') shown.links.push(String(node.properties.href));
  }
  const isCode = node.type === 'element' && (node.tagName === 'code' || node.tagName === 'pre');
  if ('children' in node) for (const child of node.children) collect(child, shown, inCode || isCode);
}
