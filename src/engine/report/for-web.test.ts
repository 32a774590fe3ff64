import { describe, expect, it } from 'vitest';
import { describeForWeb } from './for-web';
import { reportOfExample } from './testing/report-source';

const report = reportOfExample();
const variant = { ...report.variants[0]!, sizeBytes: { original: 9e6, reencoded: 9e6, variant: 3e6 } };
const cell = { ...report.cells[0]!, variant: variant.id, ep: 'wasm' as const, loadMs: 200, firstRunMs: 50 };

describe('describeForWeb', () => {
  it('adds the runtime, and counts bytes after gzip once they are known', () => {
    const before = describeForWeb({ ...report, cells: [], comparisons: [] }, { ...variant, gzipBytes: null });
    expect(before).toMatch(/^For the web: \d+\.\d.MB with runtime, \d+\.\d.s on 4G\.$/u);
    const gzipBytes = { original: 8e6, variant: 2e6 };
    const after = describeForWeb({ ...report, cells: [cell], comparisons: [] }, { ...variant, gzipBytes });
    expect(after).toMatch(/with runtime after gzip, \d+\.\d.s on 4G, 250.ms to the first output\.$/u);
  });

  it('names the reason for equal speed and a remedy', () => {
    const comparison = {
      ...report.comparisons[0]!,
      variant: variant.id,
      ep: 'wasm' as const,
      verdict: 'same' as const,
    };
    const stored = { ...variant, recipe: { ...variant.recipe, steps: [{ pass: 'quantize-weights' }] } };
    const of = (one: typeof variant) => describeForWeb({ ...report, comparisons: [comparison] }, one);
    expect(of(stored as typeof variant)).toContain('The goal Faster on WASM searches for more.');
    const other = { ...variant, recipe: { ...variant.recipe, steps: [{ pass: 'quantize-dynamic' }] } };
    expect(of(other as typeof variant)).toContain('measure the nodes in Benchmark');
  });
});
