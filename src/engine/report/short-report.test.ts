import { expect, it } from 'vitest';
import { headline } from './headline';
import { headlineFacts } from './headline-facts';
import { encodeReportFragment } from './link-codec';
import { parseReport } from './report-schema';
import { shortReport } from './short-report';
import { everyStateReport } from './testing/every-state-report';
import { reportOfExample } from './testing/report-source';

it('is a shorter report with the same headline and recipes, that says so', async () => {
  const report = everyStateReport;
  const short = shortReport(report);
  expect(parseReport(short)).toEqual(short);
  expect(headline(headlineFacts(short))).toBe(headline(headlineFacts(report)));
  expect(short.variants.map(({ recipe }) => recipe)).toEqual(report.variants.map(({ recipe }) => recipe));
  expect(short.comparisons.map(({ verdict, pairs }) => [verdict, pairs])).toEqual(
    report.comparisons.map(({ verdict, pairs }) => [verdict, pairs]),
  );
  const ratios = short.comparisons.map(({ ratio }, index) => ratio / report.comparisons[index]!.ratio);
  for (const ratio of ratios) expect(ratio).toBeCloseTo(1, 3);
  expect(short.notes?.at(-1)).toMatch(/^Shortened for a QR code/);
  const [whole, cut] = [await encodeReportFragment(report), await encodeReportFragment(short)];
  expect(cut.length).toBeLessThan(0.7 * whole.length);
});

it('keeps the number of notes that a report may have', () => {
  const notes = Array.from({ length: 8 }, (_, index) => `Note ${index}.`);
  expect(shortReport({ ...reportOfExample(), notes }).notes).toHaveLength(8);
});
