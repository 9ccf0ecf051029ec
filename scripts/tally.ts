/** What a run of jest came to, in two numbers. */

/** The part of jest's JSON report that is read. */
export interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  /** Test files that could not be run at all. */
  numRuntimeErrorTestSuites: number;
}

/**
 * A file that failed to run counts as a failure, and so does a run that left no report, or that ended badly without a failed
 * test (an open handle's crash, no test found): a green line must mean that everything was run.
 */
export function tally(result: JestResult | undefined, exitCode: number): { passed: number; failed: number } {
  if (result === undefined) return { passed: 0, failed: 1 };
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return { passed: result.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
