/** Counts tests in the JSON reports of Vitest and Playwright, and names those that failed. */

import { stripVTControlCharacters } from 'node:util';

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

/**
 * A line for each failed test: its place, its name, and the first line of the first error. A file that cannot be loaded
 * has one line.
 * @param {any} report of Vitest or Playwright
 * @returns {readonly string[]}
 */
export function failuresIn(report) {
  const line = (/** @type {readonly (string | undefined)[]} */ place, /** @type {unknown} */ error) => {
    const [first] = stripVTControlCharacters(String(error ?? 'no message')).split('\n');
    return [place.filter(Boolean).join(' › '), first].filter(Boolean).join(': ');
  };
  if (Array.isArray(report.testResults)) {
    return report.testResults.flatMap((/** @type {any} */ file) => {
      const failed = file.assertionResults.filter((/** @type {any} */ test) => test.status === 'failed');
      if (failed.length === 0 && file.status === 'failed') return [line([file.name], file.message)];
      return failed.map((/** @type {any} */ test) => line([file.name, test.fullName], test.failureMessages[0]));
    });
  }
  const inSuite = (/** @type {any} */ suite) => [
    ...(suite.specs ?? [])
      .filter((/** @type {any} */ spec) => !spec.ok)
      .map((/** @type {any} */ spec) => {
        const results = spec.tests.flatMap((/** @type {any} */ test) => test.results);
        const error = results.map((/** @type {any} */ result) => result.error?.message).find(Boolean);
        return line([`${spec.file}:${spec.line}`, spec.title], error);
      }),
    ...(suite.suites ?? []).flatMap(inSuite),
  ];
  // A file of tests that cannot be loaded is in no suite.
  const outside = (report.errors ?? []).map((/** @type {any} */ error) => line([error.location?.file], error.message));
  return [...outside, ...(report.suites ?? []).flatMap(inSuite)];
}
