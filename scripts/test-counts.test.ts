import { describe, expect, it } from 'vitest';
import { countTests, sumOf } from './test-counts.mjs';

describe('test counts', () => {
  it('reads the report of Vitest', () => {
    const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };
    expect(countTests(report)).toEqual({ passed: 5, failed: 1, skipped: 3 });
  });

  it('reads the report of Playwright, where a flaky test has failed', () => {
    const report = { stats: { expected: 4, unexpected: 1, flaky: 2, skipped: 3 } };
    expect(countTests(report)).toEqual({ passed: 4, failed: 3, skipped: 3 });
  });

  it('refuses anything else', () => {
    expect(() => countTests({})).toThrow('neither');
  });

  it('adds up', () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(sumOf([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
  });
});
