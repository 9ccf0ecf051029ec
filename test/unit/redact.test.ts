/** No byte of a secret reaches a log, however the output is cut; all else reaches it as it was. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redaction } from '../../activities/logs/redaction.ts';
import { createRedactor, redact } from '../../src/logs/redact.ts';

const letters = (unit: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...unit), minLength: min, maxLength: max });
const BASE64URL = 'ABCxyz0123456789_-';
const jwt = fc
  .tuple(letters(BASE64URL, 12, 40), letters(BASE64URL, 12, 60), letters(BASE64URL, 20, 60))
  .map(([head, body, signature]) => `eyJ${head}.eyJ${body}.${signature}`);
const token = fc
  .tuple(fc.constantFrom('ghs_', 'ghp_', 'gho_', 'ghu_', 'ghr_', 'github_pat_'), letters('ABCxyz0123456789', 20, 60))
  .map(([prefix, rest]) => prefix + rest);
const longToken = fc.tuple(fc.integer({ min: 1, max: 999_999 }), jwt).map(([app, rest]) => `ghs_${app}_${rest}`);
const pem = ['pkcs1', 'pkcs8'].map((type) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return String(privateKey.export({ type: type as 'pkcs1', format: 'pem' })).trim();
});
const key = fc.constantFrom(...pem, ...pem.map((one) => one.replaceAll('\n', '\\n')), pem[0]?.slice(0, 300) ?? '');
const secret = fc.oneof(token, longToken, jwt, key);

/** Words, spaces and marks, among them what begins as a secret and is none. */
const harmless = fc.array(
  fc.constantFrom(
    ' ',
    '\n',
    ': ',
    '"',
    'ok',
    'ghs_',
    'gh',
    'eyJ',
    'eyJabc.x',
    '-----',
    '-----BEGIN',
    ' CERT',
    '.',
    '=',
    'é',
  ),
  { maxLength: 12 },
);

/** Every run of characters of a secret that somebody could use. */
function expectNothingOf(hidden: string, output: string): void {
  for (const part of hidden.split(/\n|\\n/).filter((line) => line.length > 16 && !line.includes('-----'))) {
    expect(output).not.toContain(part);
    expect(output).not.toContain(part.slice(-16));
  }
}

function inPieces(text: string, sizes: number[]): string {
  const redactor = createRedactor();
  let out = '';
  let at = 0;
  for (const size of sizes) {
    out += redactor.push(text.slice(at, at + size));
    at += size;
  }
  return out + redactor.push(text.slice(at)) + redactor.end();
}

const sizes = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 });

describe('secrets', () => {
  it('I31: are gone, and what is around them is there', () => {
    fc.assert(
      fc.property(harmless, secret, harmless, (before, hidden, after) => {
        const [left, right] = [before.join(' '), after.join(' ')];
        const text = `${left} ${hidden} | ${right}`;
        const out = redact(text);
        expectNothingOf(hidden, out);
        expect(out).toContain('[redacted]');
        expect(out.startsWith(left)).toBe(true);
        expect(out.endsWith(`| ${right}`)).toBe(true);
      }),
    );
  });

  it('are gone also where a head seems to begin within a word', () => {
    const text = `eyJabc.xghs_-----BEGIN-----BEGIN ${pem[0]}`;
    for (let cut = 0; cut < 40; cut++) expect(inPieces(text, [cut])).toBe(redact(text));
  });

  it('I31: are gone however the output is cut: the same comes out', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            secret,
            harmless.map((all) => all.join('')),
          ),
          { maxLength: 5 },
        ),
        sizes,
        (all, cut) => {
          const text = all.join(' ');
          expect(inPieces(text, cut)).toBe(redact(text));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('are gone also when they come glued together, one byte at a time', () => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), (all) => {
        const text = all.join('');
        const out = inPieces(text, Array(text.length).fill(1));
        for (const hidden of all) expectNothingOf(hidden, out);
      }),
    );
  });

  it('are gone after a key that was cut short', () => {
    const text = `${pem[0]?.slice(0, 200)}\nghs_${'A'.repeat(36)}`;
    expect(redact(text)).not.toContain('A'.repeat(16));
  });

  it('of any length are gone, and nothing piles up', () => {
    const redactor = createRedactor();
    let out = redactor.push('token: ghs_');
    for (let i = 0; i < 200; i += 1) out += redactor.push('A'.repeat(1000));
    expect(out.length).toBeLessThan(100);
    expect(out + redactor.push(' done') + redactor.end()).toBe('token: [redacted] done');
  });
});

describe('what is no secret', () => {
  it('is kept byte for byte, text or not', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), (chunks) => {
        const filter = redaction();
        const kept = Buffer.concat([...chunks.map((chunk) => filter.push(chunk)), filter.end()]);
        expect(kept.equals(Buffer.concat(chunks))).toBe(true);
      }),
    );
  });

  it.each(['ghs_short', 'eyJhbGciOi', 'a.b.c', 'version 1.2.3-beta.4', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END'])(
    '%j is kept',
    (text) => {
      expect(redact(text)).toBe(text);
      expect(inPieces(text, Array(text.length).fill(1))).toBe(text);
    },
  );

  it('is given on at once, but for the last word', () => {
    const redactor = createRedactor();
    expect(redactor.push('all tests pas')).toBe('all tests ');
    expect(redactor.push('sed\n')).toBe('passed\n');
  });

  it('may be one endless word', () => {
    const text = 'eyJ'.repeat(300_000);
    const redactor = createRedactor();
    let out = '';
    for (let at = 0; at < text.length; at += 65_536) out += redactor.push(text.slice(at, at + 65_536));
    // What is held back stays small, whatever comes.
    expect(out.length).toBeGreaterThan(text.length - 10_000);
    expect(out + redactor.end()).toBe(text);
  });
});
