import { describe, expect, it } from 'vitest';
import { countTests, failuresIn, sumOf } from './test-counts.mjs';

describe('test counts', () => {
  it('reads the report of Vitest', () => {
    const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };
    expect(countTests(report)).toEqual({ passed: 5, failed: 1, skipped: 3 });
  });

  it('reads a Playwright report and counts flaky tests as failed', () => {
    const report = { stats: { expected: 4, unexpected: 1, flaky: 2, skipped: 3 } };
    expect(countTests(report)).toEqual({ passed: 4, failed: 3, skipped: 3 });
  });

  it('refuses anything else', () => {
    expect(() => countTests({})).toThrow('neither');
  });

  it('names the tests that failed, with the first line of the error', () => {
    const test = { status: 'failed', fullName: 'adds', failureMessages: ['\u001b[31mexpected 1\u001b[39m\nat x'] };
    const broken = { name: 'b.test.ts', status: 'failed', assertionResults: [], message: 'Cannot find c' };
    const passed = { ...test, status: 'passed' };
    expect(failuresIn({ testResults: [{ name: 'a.test.ts', assertionResults: [passed, test] }, broken] })).toEqual([
      'a.test.ts › adds: expected 1',
      'b.test.ts: Cannot find c',
    ]);
    const spec = (ok: boolean) => ({
      ...{ ok, file: 'a.spec.ts', line: 7, title: 'opens' },
      tests: [{ results: [{ error: { message: 'Timed out\nCall log' } }] }],
    });
    expect(failuresIn({ suites: [{ suites: [{ specs: [spec(true), spec(false)] }] }] })).toEqual([
      'a.spec.ts:7 › opens: Timed out',
    ]);
    const errors = [
      { message: 'SyntaxError: b\n  at x', location: { file: 'b.spec.ts' } },
      { message: 'No tests found' },
    ];
    expect(failuresIn({ suites: [], errors })).toEqual(['b.spec.ts: SyntaxError: b', 'No tests found']);
  });

  it('adds up', () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(sumOf([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
  });
});
