/** Bad manifests, by their rows in the matrix: what a person is told, and where. */
import { describe, expect, it } from '@jest/globals';
import { BRANCH } from '../../src/manifest/names.ts';
import { problemLine } from '../../src/manifest/problem.ts';
import { readManifest } from '../../src/manifest/readManifest.ts';
import { COORDINATOR, configuration } from '../support/manifests.ts';

function read(text: string | Uint8Array) {
  return readManifest(text, { path: 'changesets/x.yaml', configuration, coordinator: COORDINATOR });
}

function told(text: string | Uint8Array): string[] {
  const result = read(text);
  return 'problems' in result ? result.problems.map(problemLine) : [];
}

const at = (line: number, column: number, rest: string) => `changesets/x.yaml:${line}:${column}: ${rest}`;

const AFTER = '; other problems are looked for after this';

/** A manifest of one changeset with one member, some of it replaced. */
function manifest(lines: { name?: string; branch?: string; repository?: string; more?: string } = {}): string {
  const { name = 'checkout', branch = 'feature', repository = 'acme/api', more = '' } = lines;
  return `changesets:\n  - name: ${name}\n    repositories:\n      - name: ${repository}\n        branch: ${branch}\n${more}`;
}

it('a good one gives its changesets with defaults applied', () => {
  const text = `${manifest()}  - name: second.one\n    priority: -3\n    approval: none\n    repositories: [{ name: acme/web, branch: a/b }]\n    status: failed\n`;
  expect(read(text)).toEqual({
    changesets: [
      {
        name: 'checkout',
        priority: 0,
        approval: 'required',
        members: [{ repository: 'acme/api', branch: 'feature' }],
        line: 2,
      },
      {
        name: 'second.one',
        priority: -3,
        approval: 'none',
        members: [{ repository: 'acme/web', branch: 'a/b' }],
        status: 'failed',
        line: 6,
      },
    ],
  });
});

describe('the file', () => {
  it.each(['', '\n\n', '# only\n# comments\n'])('I1: empty %j', (text) => {
    expect(told(text)).toEqual([at(1, 1, 'the manifest is empty (expected changesets: with a list)')]);
  });

  it('I2: not UTF-8, UTF-16, NUL and other control characters', () => {
    expect(told(Uint8Array.from([0x61, 0xc3, 0x28]))).toEqual([
      at(1, 1, `the file is not UTF-8 (first wrong byte at offset 2)${AFTER}`),
    ]);
    expect(told(Buffer.from('\uFEFFchangesets:', 'utf16le'))).toEqual([
      at(1, 1, `the file is not UTF-8 (first wrong byte at offset 0)${AFTER}`),
    ]);
    expect(told('a: ü\nb: "x\0y"\n')).toEqual([at(2, 6, `control character U+0000 (byte 11) is not allowed${AFTER}`)]);
    expect(told(manifest({ name: '"a\u001b[31m"' }))).toEqual([
      at(2, 13, `control character U+001B (byte 24) is not allowed${AFTER}`),
    ]);
    expect(told('a: 1\rb: 2')).toEqual([at(1, 5, `control character U+000D (byte 4) is not allowed${AFTER}`)]);
  });

  it('I3: a byte order mark and CRLF are accepted, and count for no position', () => {
    const text = `\uFEFF${manifest().replaceAll('\n', '\r\n')}`;
    expect(read(text)).toEqual(read(manifest()));
    expect(told(new TextEncoder().encode('\uFEFFchangeset: 1\r\nb: 2\r\n'))).toEqual([
      at(1, 1, 'changesets: "changesets" is missing (expected a list of changesets)'),
      at(1, 1, 'changeset: unknown key "changeset"; did you mean "changesets"?'),
      at(2, 1, 'b: unknown key "b" (expected changesets)'),
    ]);
  });

  it('I4: too large', () => {
    expect(told(`# ${'x'.repeat(65_535)}`)).toEqual([at(1, 1, `the file is 65537 bytes, the limit is 65536${AFTER}`)]);
    expect(told(`# ${'ü'.repeat(40_000)}`)).toEqual([at(1, 1, `the file is 80002 bytes, the limit is 65536${AFTER}`)]);
  });

  it('I5: nested too deep, at the 33rd level', () => {
    expect(told('['.repeat(33))).toEqual([at(1, 33, `nested more than 32 levels deep${AFTER}`)]);
    expect(told('- '.repeat(33))).toEqual([at(1, 65, `nested more than 32 levels deep${AFTER}`)]);
    const keys = Array.from({ length: 40 }, (_, depth) => `${' '.repeat(depth)}k:`).join('\n');
    expect(told(keys)).toEqual([at(33, 34, `nested more than 32 levels deep${AFTER}`)]);
    expect(told('['.repeat(32))).not.toContainEqual(expect.stringContaining('nested'));
  });

  it('I6, I7: aliases, anchors, merge keys', () => {
    expect(told(`x: &a 1\n${manifest({ name: '*a' })}`)).toEqual([
      at(1, 1, 'x: unknown key "x" (expected changesets)'),
      at(1, 4, 'anchors are not supported'),
      at(3, 11, 'aliases are not supported'),
    ]);
    expect(told('*a')).toEqual([at(1, 1, 'aliases are not supported')]);
    expect(told('changesets: *a\nother: 1')).toEqual([
      at(1, 13, 'aliases are not supported'),
      at(2, 1, 'other: unknown key "other" (expected changesets)'),
    ]);
    expect(told(manifest({ branch: '*a' }).replace('- name: acme', '- *a : acme'))).toEqual([
      at(4, 9, 'aliases are not supported'),
      at(4, 9, 'repositories[0].name: "name" is missing (expected owner/name of a repository)'),
      at(5, 17, 'aliases are not supported'),
    ]);
    expect(told(manifest({ more: '    <<: x\n' }))).toEqual([at(6, 5, '<<: merge keys are not supported')]);
  });

  it('I8: a key twice', () => {
    expect(told(manifest({ more: '    name: again\n' }))).toEqual([
      at(6, 5, 'changesets[0]: key "name" is there twice (first on line 2)'),
    ]);
  });

  it('I9: a tab as indentation', () => {
    expect(told('changesets:\n\t- name: x\n')[0]).toBe(at(2, 1, 'Tabs are not allowed as indentation (TAB_AS_INDENT)'));
  });

  it('I10: several documents', () => {
    expect(told(`${manifest()}---\n${manifest()}`)).toContain(
      at(6, 1, 'several documents in one file are not supported'),
    );
  });

  it('I11: a tag', () => {
    expect(told(manifest({ name: '!!js/function x' }))).toEqual([at(2, 11, 'tags are not supported')]);
    expect(told(manifest({ name: '!!binary aGk=', branch: '!!set {a, b}' }))).toEqual([
      at(2, 11, 'tags are not supported'),
      expect.stringContaining('x.yaml:2:20: name: "aGk=" is not a changeset name'),
      at(5, 17, 'tags are not supported'),
      at(5, 23, 'repositories[0].branch: expected a branch name, found a map'),
    ]);
    expect(told(`%YAML 1.1\n---\n${manifest()}`)).toEqual([at(1, 1, `directives are not supported${AFTER}`)]);
    expect(told(manifest({ branch: '|\n          x' }))).toEqual([
      at(5, 17, `block scalars are not supported${AFTER}`),
    ]);
  });

  it('an anchor, a tag and an alias hide no other problem', () => {
    const entry = manifest({ repository: 'acme/nowhere', branch: '!x feature', more: '    prio: 1\n' });
    const text = `${entry.replace('- name', '- &a name')}  - *a\n  - { name: y }\n`;
    expect(told(text)).toEqual([
      at(2, 5, 'anchors are not supported'),
      expect.stringContaining('x.yaml:4:15: repositories[0].name: "acme/nowhere" is not one of the repositories'),
      at(5, 17, 'tags are not supported'),
      at(6, 5, 'prio: unknown key "prio" (expected name, priority, approval, repositories, status)'),
      at(7, 5, 'aliases are not supported'),
      at(8, 5, 'repositories: "repositories" is missing (expected a list of repositories)'),
    ]);
  });

  it('I7: an alias is never followed, however much it stands for', () => {
    const lines = Array.from(
      { length: 20 },
      (_, at) => `l${at}: &l${at} [${`*l${at - 1},`.repeat(at === 0 ? 0 : 20)}]`,
    );
    const all = told(lines.join('\n'));
    expect(all.filter((line) => line.includes('are not supported'))).toHaveLength(100);
    expect(all).toContain(at(1, 1, 'l0: unknown key "l0" (expected changesets)'));
  });

  it.each(['0123456', '1e10', '1.10', 'yes', 'null', '~1'.slice(1), '2024-01-01'])(
    'I12: unquoted %s is what is written',
    (word) => {
      expect(read(manifest({ branch: word, name: word }))).toMatchObject({
        changesets: [{ name: word, members: [{ branch: word }] }],
      });
    },
  );

  it('I13: __proto__ and constructor are unknown keys, and pollute nothing', () => {
    expect(told(manifest({ more: '    __proto__: { x: 1 }\n    constructor: 1\n' }))).toEqual([
      at(6, 5, '__proto__: unknown key "__proto__" (expected name, priority, approval, repositories, status)'),
      at(7, 5, 'constructor: unknown key "constructor" (expected name, priority, approval, repositories, status)'),
    ]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('I14: every error is told at once, in the order of the file: unknown keys with the nearest', () => {
    const text =
      'changesets:\n  - name: a b\n    prority: 1\n    approval: requird\n    repositories:\n      - name: acme/apii\n        brnach: x\n    status: succes\n';
    expect(told(text)).toEqual([
      at(
        2,
        11,
        'name: "a b" is not a changeset name (expected letters, digits and . _ -, at most 64, no - or . first, no "..", "." or ".lock" last)',
      ),
      at(3, 5, 'prority: unknown key "prority"; did you mean "priority"?'),
      at(4, 15, 'approval: expected none or required, found "requird"; did you mean "required"?'),
      at(6, 9, 'repositories[0].branch: "branch" is missing (expected a branch name)'),
      at(
        6,
        15,
        'repositories[0].name: "acme/apii" is not one of the repositories of lockstep.yaml that Lockstep is installed on; did you mean "acme/api"?',
      ),
      at(7, 9, 'repositories[0].brnach: unknown key "brnach"; did you mean "branch"?'),
      at(8, 13, 'status: expected success or failed or skipped, found "succes"; did you mean "success"?'),
    ]);
  });
});

describe('the shape', () => {
  it('I15: a missing key, at its parent', () => {
    expect(told('changesets:\n  - name: x\n')).toEqual([
      at(2, 5, 'repositories: "repositories" is missing (expected a list of repositories)'),
    ]);
  });

  it('I16: another type', () => {
    expect(told('changesets: 7')).toEqual([at(1, 13, 'changesets: expected a list of changesets, found "7"')]);
    expect(told('- x')).toEqual([at(1, 1, 'expected a manifest with `changesets`, found a list of 1')]);
    expect(told('changesets:\n  - name: [a]\n    repositories: {}\n    priority: high\n')).toEqual([
      at(2, 11, 'name: expected a changeset name, found a list of 1'),
      at(3, 19, 'repositories: expected a list of repositories, found a map'),
      at(4, 15, 'priority: expected a whole number from -1000000 to 1000000, found "high"'),
    ]);
  });

  it('I29: the limits', () => {
    const many = (count: number, line: string) =>
      Array.from({ length: count }, (_, index) => line.replaceAll('#', String(index))).join('');
    expect(told('changesets: []')).toEqual([
      at(1, 13, 'changesets: expected a list of changesets, 1 to 100 of them, found an empty list'),
    ]);
    expect(
      told(`changesets:\n${many(101, '  - { name: c#, repositories: [{ name: acme/api, branch: b }] }\n')}`),
    ).toEqual([at(2, 3, 'changesets: expected a list of changesets, 1 to 100 of them, found a list of 101')]);
    const members = told(
      `changesets:\n  - name: x\n    repositories:\n${many(51, '      - { name: acme/r#, branch: b }\n')}`,
    );
    expect(members).toContain(
      at(4, 7, 'repositories: expected a list of repositories, 1 to 50 of them, found a list of 51'),
    );
    expect(told('changesets:\n  - name: x\n    repositories: []\n')).toEqual([
      at(3, 19, 'repositories: expected a list of repositories, 1 to 50 of them, found an empty list'),
    ]);
  });
});

describe('names', () => {
  it.each([
    '../../etc',
    '/acme/api',
    'acme/api/x',
    'https://github.com/acme/api',
    'acme/api.git',
    '-x/y',
    'acme',
    'acme/..',
    '""',
  ])('I17: repository %s', (repository) => {
    const [first, ...more] = told(manifest({ repository }));
    const written = repository === '""' ? '' : repository;
    expect(first).toBe(
      at(4, 15, `repositories[0].name: ${JSON.stringify(written)} is not a repository name (expected owner/name)`),
    );
    expect(more).toEqual([]);
  });

  it('I18: a repository that is not in lockstep.yaml, whether it exists or not', () => {
    expect(told(manifest({ repository: 'other/thing' }))).toEqual([
      at(
        4,
        15,
        'repositories[0].name: "other/thing" is not one of the repositories of lockstep.yaml that Lockstep is installed on',
      ),
    ]);
    expect(told(manifest({ repository: COORDINATOR }))).toEqual([
      at(4, 15, `repositories[0].name: "${COORDINATOR}" is the coordinator repository, which cannot be a member`),
    ]);
  });

  it('I19: a repository twice, also in another case; a changeset twice', () => {
    const more = '      - name: acme/api\n        branch: b\n      - name: Acme/API\n        branch: c\n';
    expect(told(manifest({ more }))).toEqual([
      at(6, 15, 'repositories[1].name: repository "acme/api" is there twice (first on line 4)'),
      at(8, 15, 'repositories[2].name: repository "Acme/API" is there twice (first on line 4)'),
    ]);
    expect(told(`${manifest()}${manifest({ name: 'Checkout' }).slice('changesets:\n'.length)}`)).toEqual([
      at(6, 11, 'name: changeset "Checkout" is there twice (first on line 2)'),
    ]);
  });

  it.each([
    '-x',
    'a..b',
    'a b',
    'x.lock',
    '"@{u}"',
    'a~1',
    '"a\\nb"',
    'a//b',
    'a/.b',
    'a.',
    'a/',
    'x.lock/y',
    'a^',
    'a:b',
    'a\\b',
    '"*"',
    '"a?"',
    '"[a"',
    '".."',
  ])('I20: branch %s', (branch) => {
    const written = branch.startsWith('"') ? (JSON.parse(branch) as string) : branch;
    const why = BRANCH.test(written)
      ? 'expected no "..", "//", "/." or ".lock" in it'
      : 'expected letters, digits and . _ / + -, at most 200, no - or . first';
    expect(told(manifest({ branch }))).toEqual([
      at(5, 17, `repositories[0].branch: ${JSON.stringify(written)} is not a branch name (${why})`),
    ]);
  });

  it.each([
    ['@', 'expected letters, digits and . _ / + -, at most 200, no - or . first'],
    ['$(id)', 'expected letters, digits and . _ / + -, at most 200, no - or . first'],
    ['refs/heads/x', 'expected it without "refs/heads/"'],
    ['ünï', 'expected letters, digits and . _ / + -, at most 200, no - or . first'],
    ['a'.repeat(40), 'it looks like a commit'],
    ['0123456789abcdef0123456789abcdef01234567', 'it looks like a commit'],
    [`b${'x'.repeat(200)}`, 'expected letters, digits and . _ / + -, at most 200, no - or . first'],
  ])('I21: branch %s', (branch, why) => {
    const shown = branch.length > 80 ? `${branch.slice(0, 80)}…` : branch;
    expect(told(manifest({ branch: JSON.stringify(branch) }))).toEqual([
      at(5, 17, `repositories[0].branch: ${JSON.stringify(shown)} is not a branch name (${why})`),
    ]);
  });

  it('I22: main and the staging prefix', () => {
    expect(told(manifest({ branch: 'main' }))).toEqual([
      at(5, 17, 'repositories[0].branch: "main" is what changesets land on (expected another branch)'),
    ]);
    expect(told(manifest({ branch: 'lockstep/12/x' }))).toEqual([
      at(5, 17, `repositories[0].branch: "lockstep/12/x" is refused: branches below lockstep/ are Lockstep's own`),
    ]);
  });

  it.each(['a'.repeat(65), '-x', '.x', 'a..b', 'a.lock', 'a.', 'a/b', 'a b', '"a\\nb"', '"<!--"', '""'])(
    'I17: changeset name %s',
    (name) => {
      expect(told(manifest({ name }))).toEqual([expect.stringMatching(/:2:11: name: ".*" is not a changeset name/)]);
    },
  );
});
