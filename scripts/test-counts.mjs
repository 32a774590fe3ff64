/** Counts tests in the JSON reports of Vitest and Playwright. */

/** @typedef {{ readonly passed: number, readonly failed: number, readonly skipped: number }} TestCounts */

/**
 * @param {any} report
 * @returns {TestCounts}
 */
export function countTests(report) {
  if (typeof report.numPassedTests === 'number') {
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  }
  // A test that passed only when it was tried again is not a passed test.
  if (typeof report.stats?.expected === 'number') {
    return {
      passed: report.stats.expected,
      failed: report.stats.unexpected + report.stats.flaky,
      skipped: report.stats.skipped,
    };
  }
  throw new Error('This is neither a report of Vitest nor of Playwright.');
}

/**
 * @param {readonly TestCounts[]} counts
 * @returns {TestCounts}
 */
export function sumOf(counts) {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    skipped: counts.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}
