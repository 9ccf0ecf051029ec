/**
 * Secrets by their shape: tokens of GitHub in both forms (`ghs_…`, and the longer `ghs_<app>_<jwt>`), JSON web tokens,
 * private keys in PEM form. Test workers hold none of them; this is for what a test brings along or makes itself.
 */

const REPLACED = '[redacted]';

/** Long enough to hold a token; a token lies within one word, and all that follows it there belongs to it. */
const LONG_WORD = /[\w.-]{20,}/g;
const GITHUB_TOKEN = /(?:gh[opsur]_|github_pat_)[\w.-]{16}/;
/** The rest of a word, up to what may be the next head; five dashes at the end of a piece are not known to be none. */
const WORD = /^(?:[\w.]|-(?!-{4}|-{0,3}$))*/;
const DASHES = /^-{1,4}$/;
const KEY_HEAD = /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----/;
/** A head has spaces in it, so that it is no word: its beginning is recognised by itself. */
const KEY_HEAD_BEGUN = /^-----BEGIN(?: [A-Z ]{0,48}-{0,5})?$/;
const LONGEST_HEAD = 80;
/** What follows a head: base64 in lines, also with line ends that are written as `\n`. */
const KEY_BODY = /^[A-Za-z0-9+/=\s\\]*/;
/** What of a word without an end is held back. A web token that is longer may get through; the others are short. */
const HELD = 8192;

/** A whole text. */
export function redact(text: string): string {
  const redactor = createRedactor();
  return redactor.push(text) + redactor.end();
}

/**
 * A text that comes in pieces: however it is cut, the same comes out. Held back is what may be the beginning of a secret, at
 * most a long word.
 */
export function createRedactor(): { push(piece: string): string; end(): string } {
  let held = '';
  /** Inside a secret that was replaced at its beginning: all that still belongs to it is left out, one part after another. */
  let inside: RegExp[] = [];

  function leaveOut(): void {
    while (held !== '') {
      const [part] = inside;
      if (part === undefined) return;
      held = held.slice(part.exec(held)?.[0].length ?? 0);
      if (part === WORD && DASHES.test(held)) return;
      if (held !== '') inside = inside.slice(1);
    }
  }

  function takeKeys(): string {
    let out = '';
    for (leaveOut(); held !== ''; leaveOut()) {
      const head = KEY_HEAD.exec(held);
      if (head === null) break;
      out += withoutTokens(held.slice(0, head.index)) + REPLACED;
      held = held.slice(head.index + head[0].length);
      // A word glued to a key's end could be a token whose beginning went with the key.
      inside = [KEY_BODY, WORD];
    }
    return out;
  }

  function takeUntil(cut: number): string {
    const out = withoutTokens(held.slice(0, cut));
    held = held.slice(cut);
    return out;
  }

  /** `held` is the beginning of a word that is longer than what is held back. */
  function takeLongWord(): string {
    const token = tokenIn(held);
    if (token === -1) return takeUntil(held.length - HELD / 2);
    inside = [WORD];
    const out = held.slice(0, token) + REPLACED;
    held = '';
    return out;
  }

  return {
    push(piece) {
      held += piece;
      // A head may have begun within a word, which could be a token all the same.
      const out = takeKeys() + takeUntil(Math.min(lastWord(held), lastWord(held.slice(0, headBegun(held)))));
      return held.length > HELD ? out + takeLongWord() : out;
    },
    end: () => takeKeys() + takeUntil(held.length),
  };
}

function withoutTokens(text: string): string {
  return text.replaceAll(LONG_WORD, (word) => {
    const token = tokenIn(word);
    return token === -1 ? word : word.slice(0, token) + REPLACED;
  });
}

/** Where the first token begins in a word, or -1. */
function tokenIn(word: string): number {
  const found = [word.search(GITHUB_TOKEN), webTokenIn(word)].filter((at) => at !== -1);
  return found.length === 0 ? -1 : Math.min(...found);
}

/** Of a JSON web token: three parts with dots between, the first of them a JSON object in base64. */
function webTokenIn(word: string): number {
  const parts = word.split('.');
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const begins = part.indexOf('eyJ');
    const isWhole =
      part.length - begins >= 11 && parts.slice(i + 1, i + 3).filter((one) => one.length >= 8).length === 2;
    if (begins !== -1 && isWhole) return at + begins;
    at += part.length + 1;
  }
  return -1;
}

/** Where the word begins that the text ends in. */
function lastWord(text: string): number {
  let at = text.length;
  while (at > 0 && /[\w.-]/.test(text.charAt(at - 1))) at -= 1;
  return at;
}

function headBegun(text: string): number {
  const at = text.lastIndexOf('-----BEGIN');
  return at !== -1 && text.length - at < LONGEST_HEAD && KEY_HEAD_BEGUN.test(text.slice(at)) ? at : text.length;
}
