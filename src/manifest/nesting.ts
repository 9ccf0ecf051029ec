/**
 * Nesting, counted before the parser sees the text: deep nesting aborts the whole process inside it. Counted on the
 * lexer's tokens, because the lexer has no recursion and takes for a bracket what the parser would. Found in passing:
 * the parts of YAML that manifests don't speak.
 */
import { CST, Lexer } from 'yaml';

export const MAX_DEPTH = 32;

interface Token {
  type: ReturnType<typeof CST.tokenType>;
  source: string;
  offset: number;
}

export interface Scan {
  /** Where the first level too deep begins. */
  deep?: number;
  foreign: Foreign[];
}

interface Foreign {
  offset: number;
  what: string;
  /** Whether the parser may see it: it reads an alias as an alias, and no tag makes more of a word. */
  parsed: boolean;
}

const FOREIGN: Partial<Record<string, Omit<Foreign, 'offset'>>> = {
  alias: { what: 'aliases', parsed: true },
  anchor: { what: 'anchors', parsed: true },
  tag: { what: 'tags', parsed: true },
  'directive-line': { what: 'directives', parsed: false },
  'explicit-key-ind': { what: 'explicit keys (`?`)', parsed: false },
  'block-scalar-header': { what: 'block scalars', parsed: false },
};

export function scan(text: string): Scan {
  const foreign: Scan['foreign'] = [];
  const depth = new Depth();
  for (const token of tokensOf(text)) {
    const found = FOREIGN[token.type ?? ''];
    if (found) foreign.push({ offset: token.offset, ...found });
    if (depth.after(token) > MAX_DEPTH) return { deep: token.offset, foreign };
  }
  return { foreign };
}

function* tokensOf(text: string): Generator<Token> {
  let offset = 0;
  let scalar = false;
  for (const source of new Lexer().lex(text)) {
    // `doc-mode`, `flow-error-end` and `scalar` are marks between lexemes, of no width in the text.
    const type: Token['type'] = scalar ? 'scalar' : CST.tokenType(source);
    if (!scalar && (source === CST.SCALAR || source === CST.DOCUMENT || source === CST.FLOW_END)) {
      scalar = source === CST.SCALAR;
      if (source === CST.FLOW_END) yield { type, source: '', offset };
      continue;
    }
    scalar = false;
    yield { type, source, offset };
    offset += source.length;
  }
}

interface Bracket {
  /** Block levels opened inside it, which no valid text has. */
  inside: number;
  /** Whether a pair of it has its `:` already: another one begins a map in it. */
  paired: boolean;
}

/** Counts open collections; never fewer than the parser will have, but for the one-pair maps of `[a: b]`. */
class Depth {
  private block: number[] = [];
  private flow: Bracket[] = [];
  private lineStart = 0;
  private keyColumn = 0;
  /** Nothing but indicators before on this line, so that another one opens a level. */
  private opening = true;

  after(token: Token): number {
    switch (token.type) {
      case 'newline':
        this.lineStart = token.offset + token.source.length;
        this.opening = true;
        break;
      case 'byte-order-mark':
      case 'space':
      case 'comment':
        break;
      case 'flow-map-start':
      case 'flow-seq-start':
        this.flow.push({ inside: 0, paired: false });
        this.opening = true;
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        // Also one of the other kind: the parser takes it for the end, and complains later.
        this.flow.pop();
        this.opening = false;
        break;
      case 'comma':
        this.opening = true;
        this.pairIn(this.flow.at(-1), false);
        break;
      case 'flow-error-end':
        this.flow = [];
        break;
      case 'map-value-ind':
        this.openMap(token);
        break;
      case 'seq-item-ind':
      case 'explicit-key-ind':
        this.open(token.offset - this.lineStart + LIST);
        break;
      default:
        this.keyColumn = token.offset - this.lineStart;
        this.opening = false;
        // A scalar of several lines: what follows it is not at the start of its line.
        if (token.source.includes('\n')) this.lineStart = token.offset + token.source.lastIndexOf('\n') + 1;
    }
    return this.block.length + this.flow.reduce((sum, { inside }) => sum + 1 + inside, 0);
  }

  private openMap(token: Token): void {
    const bracket = this.flow.at(-1);
    if (this.opening) this.open(token.offset - this.lineStart + LIST);
    else if (!bracket) this.open(this.keyColumn);
    else if (bracket.paired) bracket.inside += 1;
    this.pairIn(bracket, true);
  }

  private pairIn(bracket: Bracket | undefined, paired: boolean): void {
    if (bracket) bracket.paired = paired;
  }

  private open(level: number): void {
    const bracket = this.flow.at(-1);
    if (bracket) {
      bracket.inside += 1;
      return;
    }
    this.block = this.block.filter((open) => open < level);
    this.block.push(level);
  }
}

/** A list may stand at the column of the key that holds it: half a step further in. */
const LIST = 0.5;
