/** The bot's words in a manifest: written without touching another byte, and kept from people. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Status } from '../../src/changeset.ts';
import { MAX_BYTES } from '../../src/manifest/guards.ts';
import { problemLine } from '../../src/manifest/problem.ts';
import { readManifest } from '../../src/manifest/readManifest.ts';
import {
  type ManifestChange,
  reviewStatusChanges,
  statusesIn,
  unchangedEntries,
  unprovenStatuses,
} from '../../src/manifest/reviewStatusChanges.ts';
import { writeStatus } from '../../src/manifest/writeStatus.ts';
import { configuration } from '../support/manifests.ts';

const path = 'changesets/x.yaml';

const COMMENTED = `# yaml-language-server: $schema=./manifest.schema.json
# why
changesets: # list
  -   name: "one"   # first
      # inside
      repositories:
        - name: acme/api
          branch: 'b'   # last

    # between

  - {name: two, repositories: [{name: acme/web, branch: b}]} # flow
  - status: failed # was red
    name: three
    repositories:
    - {branch: b, name: acme/web}
  - name: four
    repositories: [
      { name: acme/web, branch: b },
    ]
    status: 'skipped'

`;

describe('a status is written', () => {
  it.each([
    ['one', `          branch: 'b'   # last\n`, `          branch: 'b'   # last\n      status: success\n`],
    ['two', 'branch: b}]} # flow', 'branch: b}], status: success} # flow'],
    ['three', 'status: failed # was red', 'status: success # was red'],
    ['four', `    status: 'skipped'\n`, '    status: success\n'],
  ])('for %s, and nothing else', (name, before, after) => {
    expect(writeStatus(COMMENTED, name, 'success')).toBe(COMMENTED.replace(before, after));
    const dos = COMMENTED.replaceAll('\n', '\r\n');
    expect(writeStatus(dos, name, 'success')).toBe(COMMENTED.replace(before, after).replaceAll('\n', '\r\n'));
    expect(writeStatus(`\uFEFF${COMMENTED}`, name, 'success')).toBe(`\uFEFF${COMMENTED.replace(before, after)}`);
  });

  it('at the end of a file without a last newline', () => {
    const text = 'changesets:\n- name: x\n  repositories:\n  - name: acme/api\n    branch: b';
    expect(writeStatus(text, 'x', 'failed')).toBe(`${text}\n  status: failed`);
  });

  it('in a file that is all flow, and in one with a comma at the end', () => {
    expect(
      writeStatus(
        '{"changesets": [{"name": "x", "repositories": [{"name": "acme/api", "branch": "b"}]}]}',
        'x',
        'failed',
      ),
    ).toBe(
      '{"changesets": [{"name": "x", "repositories": [{"name": "acme/api", "branch": "b"}], "status": "failed"}]}',
    );
    const multi =
      'changesets: [\n  {\n    name: x,\n    repositories: [{ name: acme/api, branch: b }], # last\n  },\n]\n';
    expect(writeStatus(multi, 'x', 'failed')).toBe(multi.replace('b }],', 'b }], status: failed,'));
  });

  it('and a changeset that is not there is an error', () => {
    expect(() => writeStatus(COMMENTED, 'none', 'failed')).toThrow('the manifest has no changeset none');
    expect(() => writeStatus('', 'x', 'failed')).toThrow();
  });
});

/** Manifests in the styles that people write. */
const manifests = fc
  .record({
    entries: fc.array(
      fc.record({
        flow: fc.boolean(),
        quote: fc.constantFrom('', '"', "'"),
        comment: fc.constantFrom('', ' # c', ' # status: failed'),
        blank: fc.constantFrom('', '\n', '\n  # x\n\n'),
        status: fc.constantFrom(undefined, 'success', 'failed', 'skipped'),
        statusFirst: fc.boolean(),
        extra: fc.constantFrom('', 'priority: 3', 'approval: none'),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    indent: fc.constantFrom('', '  ', '    '),
    newline: fc.constantFrom('\n', '\r\n'),
    end: fc.boolean(),
    mark: fc.constantFrom('', '\uFEFF'),
  })
  .map(({ entries, indent, newline, end, mark }) => {
    const lines = entries.map(({ flow, quote, comment, blank, status, statusFirst, extra }, index) => {
      const name = `name: ${quote}cs-${index}${quote}`;
      const word = status ? [`status: ${status}`] : [];
      const repositories = flow
        ? 'repositories: [{name: acme/api, branch: b}]'
        : `repositories:${comment}\n${indent}    - name: acme/api\n${indent}      branch: b`;
      const keys = [
        ...(statusFirst ? word : []),
        name,
        ...(extra ? [extra] : []),
        repositories,
        ...(statusFirst ? [] : word),
      ];
      return flow
        ? `${indent}- {${keys.join(', ')}}${comment}${blank}`
        : `${indent}- ${keys.join(`${comment}\n${indent}  `)}${comment}${blank}`;
    });
    const text = `${mark}changesets:\n${lines.join('\n')}${end ? '\n' : ''}`.replaceAll('\n', newline);
    return { text, names: entries.map((_, index) => `cs-${index}`) };
  });

function read(text: string) {
  const result = readManifest(text, { path, configuration });
  if ('problems' in result) throw new Error(result.problems.map(problemLine).join('\n'));
  return result.changesets.map(({ line: _line, ...rest }) => rest);
}

it('whatever the style: only the status changes, and writing it again changes nothing', () => {
  fc.assert(
    fc.property(
      manifests,
      fc.nat(),
      fc.constantFrom<Status>('success', 'failed', 'skipped'),
      ({ text, names }, pick, status) => {
        const name = names[pick % names.length] ?? '';
        const written = writeStatus(text, name, status);
        expect(read(written)).toEqual(
          read(text).map((changeset) => (changeset.name === name ? { ...changeset, status } : changeset)),
        );
        expect(writeStatus(written, name, status)).toBe(written);
        // Without the word, every byte is as it was.
        const [short, long] = [text, written].sort((one, other) => one.length - other.length);
        let [same, end] = [0, 0];
        while (same < (short?.length ?? 0) && text[same] === written[same]) same += 1;
        while (end < (short?.length ?? 0) - same && text.at(-1 - end) === written.at(-1 - end)) end += 1;
        expect((long?.length ?? 0) - same - end).toBeLessThanOrEqual('\r\n      status: success'.length);
      },
    ),
    { numRuns: 500 },
  );
});

describe('people and the bot’s words', () => {
  const entry = (status = '', branch = 'b', name = 'x') =>
    `changesets:\n  - name: ${name}\n    repositories:\n      - name: acme/api\n        branch: ${branch}\n${status ? `    status: ${status}\n` : ''}`;
  const told = (change: Omit<ManifestChange, 'path'>) =>
    reviewStatusChanges({ path, ...change }).problems.map(problemLine);
  const review = (main: string | undefined, after: string) => told({ main, after });

  it('a status in a new manifest or entry is refused', () => {
    const told = [`${path}:6:13: status: status success was not written by Lockstep: remove the line`];
    expect(review(undefined, entry('success'))).toEqual(told);
    expect(review(entry('', 'b', 'other'), entry('success'))).toEqual(told);
    expect(review(entry(), entry('success'))).toEqual(told);
  });

  it('altering one is refused', () => {
    const told = [
      `${path}:6:13: status: status failed cannot be changed to success: statuses are written by Lockstep only`,
    ];
    expect(review(entry('failed'), entry('success'))).toEqual(told);
  });

  it('removing success is refused, whether the word goes or the entry', () => {
    expect(review(entry('success'), entry())).toEqual([
      `${path}:2:5: changesets[0]: status success of "x" cannot be removed: it has landed`,
    ]);
    expect(review(entry('success'), entry('', 'b', 'y'))).toEqual([
      `${path}:2:3: changesets: changeset "x" has landed: its entry cannot be removed`,
    ]);
  });

  it('any other change to an entry with success is refused; comments and the order of keys are none', () => {
    expect(review(entry('success'), entry('success', 'c'))).toEqual([
      `${path}:2:5: changesets[0]: changeset "x" has landed: its entry cannot be changed`,
    ]);
    const moved =
      'changesets:\n  # c\n  - status: success\n    repositories: [{ branch: b, name: acme/api }]\n    name: "x"\n';
    expect(review(entry('success'), moved)).toEqual([]);
  });

  it.each(['failed', 'skipped'])('removing %s is allowed, also with a change; and so is leaving it', (status) => {
    for (const after of [entry(), entry('', 'c'), entry(status, 'c'), entry('', 'b', 'y')]) {
      expect(review(entry(status), after)).toEqual([]);
      // By a commit on top of the bot's own.
      expect(told({ main: undefined, written: { text: entry(status), kept: true }, after })).toEqual([]);
    }
  });

  it('what the bot wrote is no change, on the pull request or on main', () => {
    const before = writeStatus(entry(), 'x', 'success');
    expect(review(before, before)).toEqual([]);
    expect(told({ main: undefined, written: { text: before, kept: true }, after: before })).toEqual([]);
    const elsewhere = entry('', 'b', 'other');
    expect(told({ main: before, written: { text: elsewhere, kept: true }, after: before })).toEqual([]);
  });

  it('a status that only a person could have written is refused, unless it is known to be true', () => {
    const forged = { main: undefined, written: { text: entry('failed'), kept: true }, after: entry('success') };
    expect(unprovenStatuses(forged)).toEqual([{ name: 'x', status: 'success' }]);
    expect(told(forged)).toHaveLength(1);
    expect(told({ ...forged, confirmed: [{ name: 'x', status: 'skipped' }] })).toHaveLength(1);
    expect(told({ ...forged, confirmed: [{ name: 'x', status: 'success' }] })).toEqual([]);
  });

  describe('a force-push that drops what the bot wrote', () => {
    const pushed = (status: string, after: string) =>
      reviewStatusChanges({ path, main: undefined, written: { text: entry(status), kept: false }, after });

    it.each(['success', 'failed', 'skipped'])('has %s written back', (status) => {
      expect(pushed(status, entry())).toEqual({ problems: [], dropped: [{ name: 'x', status }] });
    });

    it('asks for a new attempt where it changes the entry, which landed ones may not', () => {
      expect(pushed('failed', entry('', 'c'))).toEqual({ problems: [], dropped: [] });
      expect(pushed('success', entry('', 'c')).problems.map(problemLine)).toEqual([
        `${path}:2:5: changesets[0]: status success of "x" cannot be removed: it has landed`,
      ]);
    });

    it('keeps what stands, and forgets entries that are gone', () => {
      expect(pushed('failed', entry('failed'))).toEqual({ problems: [], dropped: [] });
      expect(pushed('failed', entry('', 'b', 'y'))).toEqual({ problems: [], dropped: [] });
    });
  });
});

describe('a text that nobody has judged', () => {
  const entry = 'changesets:\n  - name: one\n    repositories:\n      - { name: acme/api, branch: b }\n';
  const padded = (bytes: number) => `${entry}#${'x'.repeat(bytes - entry.length - 1)}`;

  it('has nothing in it when the guards keep it from the parser', () => {
    const large = padded(2 * MAX_BYTES + 1).replace('one\n', 'one\n    status: failed\n');
    const control = entry.replace('one\n', 'one\n    status: failed\n    x: \u0001\n');
    for (const text of [large, control]) {
      expect(statusesIn(text)).toEqual([]);
      expect(unchangedEntries(text, text)).toEqual(new Set());
      expect(() => writeStatus(text, 'one', 'success')).toThrow('the manifest has no changeset one');
    }
  });

  it('is read with the statuses that made it longer than a person may write it', () => {
    const written = writeStatus(padded(MAX_BYTES), 'one', 'success');
    expect(written.length).toBeGreaterThan(MAX_BYTES);
    expect(statusesIn(written)).toEqual([{ name: 'one', status: 'success' }]);
  });
});
