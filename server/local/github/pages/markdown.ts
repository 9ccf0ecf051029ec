/** Markdown as GitHub renders it in comments: tables, autolinks, a few harmless tags; everything else stays text. */
import MarkdownIt from 'markdown-it';
import { escapeHtml, Html } from './html.ts';

const TAGS = 'details|summary|br|sub|sup|kbd|b|i|em|strong|code|pre|p|ins|del|samp|ul|ol|li|blockquote|hr|h[1-6]';
const HARMLESS = new RegExp(`<!--[\\s\\S]*?-->|</?(?:${TAGS})(?: open)?\\s*/?>`, 'gi');

/** Keeps harmless tags (none with attributes), drops comments, and shows the rest as it was written. */
function onlyHarmless(text: string): string {
  let result = '';
  let end = 0;
  for (const match of text.matchAll(HARMLESS)) {
    result += escapeHtml(text.slice(end, match.index));
    if (!match[0].startsWith('<!--')) result += match[0];
    end = match.index + match[0].length;
  }
  return result + escapeHtml(text.slice(end));
}

const markdown = new MarkdownIt({ html: true, linkify: true });
markdown.renderer.rules.html_block = (tokens, index) => onlyHarmless(tokens[index]?.content ?? '');
markdown.renderer.rules.html_inline = (tokens, index) => onlyHarmless(tokens[index]?.content ?? '');

export function renderMarkdown(text: string): Html {
  return new Html(markdown.render(text));
}
