/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  rootDir: '.',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  testSequencer: '<rootDir>/test/support/slowFirst.mjs',
  // Most of a test's time is other processes' work: one per core keeps both busy.
  maxWorkers: 2,
  // Starting a process costs what its parent's memory is large, and most of these start hundreds: a worker is renewed in time.
  workerIdleMemoryLimit: '400MB',
  // A guard against hanging, not a measure: machines are busy.
  testTimeout: 200_000,
};
