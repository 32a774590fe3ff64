/** The files that `check` writes for pipelines: a table for the summary of a job, and test cases. */
import { formatNumber } from '../../src/engine/format';
import { describeOutcome, type LimitCheck } from '../../src/engine/gate/check-limits';
import { describeChange, type CostChange } from '../../src/engine/gate/compare-base';

interface CheckedModel {
  readonly checks: readonly LimitCheck[];
  readonly changes?: readonly CostChange[] | undefined;
  /** A sentence on the download of a page. */
  readonly download: string;
}

/** GitHub's and GitLab's summaries take it. Names come from files: what would begin markup is escaped. */
export function markdownOf(name: string, { checks, changes = [], download }: CheckedModel): string {
  const rows = checks.map((check) => [
    check.isUndecided === true && check.holds ? '❔' : check.holds ? '✅' : '❌',
    check.limit,
    formatNumber(check.allowed),
    escapeMarkdown(check.isUndecided === true ? `${describeOutcome(check)}: ${check.what}` : check.what),
  ]);
  const tables = [
    ...(checks.length === 0 ? [] : [tableOf(['', 'limit', 'allowed', 'measured'], rows)]),
    ...(changes.length === 0 ? [] : [tableOf(['', 'base', 'this', 'change'], changes.map(describeChange))]),
  ];
  return `### ${escapeMarkdown(name)}\n\n${escapeMarkdown(download)}\n\n${tables.join('\n')}`;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\`*_[\]<>|#!&]/g, (mark) => `\\${mark}`);
}

/** One test case for each limit. */
export function junitOf(name: string, checks: readonly LimitCheck[]): string {
  const failures = checks.filter(({ holds }) => !holds).length;
  const cases = checks.map(({ limit, allowed, measured, what, holds }) => {
    const property = (key: string, value: number | null): string =>
      value === null ? '' : `<property name="${key}" value="${value}"/>`;
    return [
      `  <testcase classname="${escapeXml(name)}" name="${escapeXml(limit)}">`,
      `<properties>${property('measured', measured)}${property('allowed', allowed)}</properties>`,
      holds ? `<system-out>${escapeXml(what)}</system-out>` : `<failure message="${escapeXml(what)}"/>`,
      '</testcase>',
    ].join('');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="pareto check" tests="${checks.length}" failures="${failures}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}

/** XML knows no control characters, not even escaped. */
function escapeXml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('"', '&quot;')
  );
}
