/** What survives Stryker, each with the reason. */
export interface Explained {
  file: string;
  /** What stands there. */
  text: string;
  /** What Stryker put in its place. */
  becomes: string;
  why: string;
}

const FALLS_OUT = 'it falls out of the switch, and nothing is as false as false to those who ask';
const NO_COMMIT = 'a word that is no commit’s id is found in no set of commits';

export const EXPLAINED: Explained[] = [
  {
    file: 'src/plan/plan.ts',
    text: "'*'",
    becomes: '""',
    why: 'any word does that is no name of a repository',
  },
  {
    file: 'src/plan/progress.ts',
    text: '() => false',
    becomes: '() => undefined',
    why: 'nothing is as false as false to a filter',
  },
  {
    file: 'src/plan/progress.ts',
    text: "case 'testing':\n      return true;",
    becomes: "case 'testing':",
    why: 'it goes on into the case of a landing, which is at work unless it has waited since some time: tests have no such time',
  },
  ...["'granting'", "'waiting'", "'approval'", "'halted'", "'operator'", "'resolving'", "'ended'"].map((text) => ({
    file: 'src/plan/progress.ts',
    text,
    becomes: '""',
    why: FALLS_OUT,
  })),
  {
    file: 'src/plan/progress.ts',
    text: "case 'ended':\n      return false;",
    becomes: "case 'ended':",
    why: FALLS_OUT,
  },
  {
    file: 'src/landing/afterDecision.ts',
    text: "''",
    becomes: '"Stryker was here!"',
    why: 'what stands for commits’ ids in both refusals does not matter to their comparison',
  },
  {
    file: 'src/landing/afterDecision.ts',
    text: '[]',
    becomes: '["Stryker was here"]',
    why: 'the reverts that are known: a word has no repository, and is found for none',
  },
  {
    file: 'src/landing/beforeDecision.ts',
    text: "'pinning'",
    becomes: '""',
    why: 'what follows a preparation does not ask where it was made',
  },
  {
    file: 'src/landing/candidate.ts',
    text: 'of === undefined',
    becomes: 'false',
    why: 'no commit is undefined: it is found in no set of commits',
  },
  { file: 'src/landing/candidate.ts', text: '[]', becomes: '["Stryker was here"]', why: NO_COMMIT },
  {
    file: 'src/landing/standing.ts',
    text: '[reverts, personReverts].filter((one) => one !== undefined)',
    becomes: '[reverts, personReverts]',
    why: 'no commit is undefined: the filter is for the types',
  },
  {
    file: 'src/landing/standing.ts',
    text: 'one !== undefined',
    becomes: 'true',
    why: 'no commit is undefined: the filter is for the types',
  },
  {
    file: 'src/landing/steps.ts',
    text: "case 'ended':\n      return undefined;",
    becomes: "case 'ended':",
    why: 'a function that ends says undefined too',
  },
  { file: 'src/landing/steps.ts', text: "'ended'", becomes: '""', why: 'a function that ends says undefined too' },
  {
    file: 'src/queue/give.ts',
    text: "grant.state === 'asked'",
    becomes: 'true',
    why: 'a landing that holds its fences stands behind them itself',
  },
  {
    file: 'src/queue/give.ts',
    text: "message.kind !== 'wantGrant' && message.kind !== 'wantTurn'",
    becomes: 'false',
    why: 'no other message that names a changeset leaves it asking: the comparison is for the types',
  },
];
