import { describe, expect, it } from 'vitest';
import { everyStateReport } from '../../../../engine/report/testing/every-state-report';
import { barLength, layOutComparison } from './comparison-layout';
import { standingMatch } from '../../../../engine/report/standing-match';
import { exampleEvaluated } from '../../../../engine/report/testing/evaluation-source';
import { buildComparisonModel, speedClaim } from './comparison-model';
import { comparisonTable } from './comparison-table';
import { chartTableToCsv } from './chart-table';

const model = buildComparisonModel(everyStateReport);
const column = (id: string) => model.columns.find((candidate) => candidate.id === id);

describe('comparison model', () => {
  it('has the original first, then the variants, and a column per provider that was measured', () => {
    expect(model.rows.map(({ id }) => id)).toEqual(['original', 'variant-1', 'variant-2']);
    expect(model.columns.map(({ id }) => id)).toEqual([
      'size',
      'gzip',
      'latency-wasm',
      'latency-webgpu',
      'latency-webnn-cpu',
      'match',
    ]);
  });

  it('compares sizes with the opened file', () => {
    expect(column('size')?.marks.map(({ value }) => value)).toEqual([10_857_958, 2_914_003, 2_951_222]);
    expect(column('size')?.marks[1]).toMatchObject({ detail: '−73\u00a0%', tone: 'better' });
  });

  it('gives the claim about speed that the verdict allows, and none with wrong outputs', () => {
    const [original, int8, perChannel] = column('latency-wasm')?.marks ?? [];
    expect(original).toMatchObject({ state: 'reference', tone: null });
    expect(int8).toMatchObject({ detail: '1.52× faster', tone: 'better' });
    expect(perChannel).toMatchObject({ detail: '1.60× slower', tone: 'worse' });
    expect(
      column('latency-webgpu')
        ?.marks.map(({ detail }) => detail)
        .slice(1),
    ).toEqual(['about the same speed', 'output wrong']);
    expect(column('latency-webgpu')?.marks[2]?.exact).not.toContain('×');
  });

  it('blames no variant if the original does not repeat its own outputs, and claims no speed', () => {
    const random = { valid: false, comparable: false, problem: 'The original is not deterministic.' };
    const cells = everyStateReport.cells.map((cell) => ({ ...cell, outputMatch: { ...cell.outputMatch, ...random } }));
    const { columns } = buildComparisonModel({ ...everyStateReport, cells });
    const marksOf = (id: string) => columns.find((candidate) => candidate.id === id)?.marks;
    expect(marksOf('latency-wasm')?.[1]).toMatchObject({ detail: 'not comparable', tone: 'open' });
    expect(marksOf('latency-wasm')?.[1]?.exact).not.toContain('×');
    expect(marksOf('match')?.[1]).toMatchObject({ label: 'not comparable', tone: 'open', value: null });
    expect(marksOf('match')?.[1]?.exact).toBe('not comparable on WASM: The original is not deterministic.');
  });

  it('tells failed from not measured', () => {
    const [, failed, missing] = column('latency-webnn-cpu')?.marks ?? [];
    expect(failed).toMatchObject({ state: 'failed', detail: 'failed' });
    expect(failed?.exact).toContain('MatMulInteger');
    expect(missing).toMatchObject({ state: 'missing', detail: 'not measured' });
  });

  it('claims nothing about a cell that was measured with other settings', () => {
    const stale = buildComparisonModel(everyStateReport, { isStale: (_id, ep) => ep === 'wasm' });
    expect(stale.columns.find(({ id }) => id === 'latency-wasm')?.marks[1]).toMatchObject({
      stale: true,
      detail: 'measure again',
      tone: null,
    });
  });

  it('puts a wrong output before every other match', () => {
    expect(standingMatch(everyStateReport, 'variant-2')?.ep).toBe('webgpu');
    expect(column('match')?.marks[2]).toMatchObject({ label: 'wrong', tone: 'invalid', value: null });
  });

  it('shows the match on real data before the one on random inputs', () => {
    const evaluation = {
      ...{ variant: 'variant-1', ep: 'wasm' as const, samples: 2000, skipped: 0, task: 'match' as const, metrics: {} },
      match: { sqnrDb: 43, identical: false, valid: true },
      ...{ batch: 64, threads: 4 },
    };
    const report = { ...everyStateReport, evaluationData: exampleEvaluated.data, evaluations: [evaluation] };
    const marks = buildComparisonModel(report).columns.find(({ id }) => id === 'match')?.marks;
    expect(marks?.[1]).toMatchObject({ label: '0.71\u00a0%', detail: 'on 2,000 samples' });
  });

  const withOriginals = (...originalsMs: readonly number[]) => ({
    ...everyStateReport,
    cells: everyStateReport.cells.filter(({ ep }) => ep === 'wasm').slice(0, 1 + originalsMs.length),
    comparisons: everyStateReport.comparisons
      .filter(({ ep }) => ep === 'wasm')
      .slice(0, originalsMs.length)
      .map((comparison, index) => {
        const medianMs = originalsMs[index]!;
        return {
          ...comparison,
          // The second variant took 19.7 ms.
          ...(index === 1 && { ratio: medianMs / 19.7 }),
          pairs: 918,
          original: { medianMs, intervalMs: [medianMs - 0.1, medianMs + 0.1] as [number, number] },
        };
      }),
  });
  const latencyOf = (report: typeof everyStateReport) =>
    buildComparisonModel(report).columns.find(({ id }) => id === 'latency-wasm')!;

  it('shows for the original the time that the ratio beside it stands on', () => {
    const { marks } = latencyOf(withOriginals(12.31));
    expect(marks[0]).toMatchObject({ value: 12.31, label: '12.3\u00a0ms' });
    expect(marks[1]?.exact).toContain('original 12.3\u00a0ms in the same run');
    expect(marks[1]?.detail).toBe('1.52× faster');
  });

  it('shows the time of the original beside each variant if these times differ', () => {
    const { marks } = latencyOf(withOriginals(12.31, 11.9));
    expect(marks[0]?.label).toBe('11.9 to 12.3\u00a0ms');
    expect(marks.slice(1).map(({ detail, beside }) => [detail, beside])).toEqual([
      ['1.52× faster', 'original 12.3\u00a0ms'],
      ['1.66× slower', 'original 11.9\u00a0ms'],
    ]);
    const table = comparisonTable(withOriginals(12.31, 11.9), buildComparisonModel(withOriginals(12.31, 11.9)));
    const median = table.columns.findIndex(({ csvName }) => csvName === 'wasm_median_ms');
    expect(table.rows[0]?.[median]?.value).toBeNull();
  });

  it('shows the ratio alone if the medians contradict it', () => {
    const { marks } = latencyOf(withOriginals(7));
    expect(marks[1]).toMatchObject({ value: null, label: 'ratio only', detail: '1.52× faster' });
  });

  it('makes no claim without a comparison', () => {
    const cell = everyStateReport.cells.find(({ variant }) => variant === 'variant-1');
    if (cell === undefined) throw new Error('The example has no cell of variant-1.');
    expect(speedClaim({ ...everyStateReport, comparisons: [] }, cell)).toBeNull();
  });

  it('counts the samples of the turns that the time of the original is from', () => {
    const report = withOriginals(12.31);
    expect(latencyOf(report).note).toMatch(/918$/);
    const table = comparisonTable(report, buildComparisonModel(report));
    const samples = table.columns.findIndex(({ csvName }) => csvName === 'wasm_samples');
    expect(table.rows[0]?.[samples]?.value).toBe(918);
  });

  it('shows sizes alone before anything was measured', () => {
    const unmeasured = buildComparisonModel({ ...everyStateReport, cells: [], failures: [], comparisons: [] });
    expect(unmeasured.columns.map(({ id }) => id)).toEqual(['size', 'gzip']);
    expect(unmeasured.title).toBe('Size of ch_PP-OCRv4_rec_infer.onnx');
  });
});

describe('comparison layout', () => {
  it.each([320, 358, 800, 1100, 1600])('keeps every bar and interval inside of %i pixels', (width) => {
    const layout = layOutComparison(model, width);
    for (const mark of layout.marks) {
      expect(mark.x + mark.width).toBeLessThanOrEqual(width + 0.001);
      expect(mark.barWidth).toBeLessThanOrEqual(mark.width);
      for (const end of mark.interval ?? []) expect(end).toBeLessThanOrEqual(mark.x + mark.width + 0.001);
      expect(mark.detailY).toBeLessThan(layout.height);
    }
  });

  it('stacks the columns on a phone and names each row there', () => {
    const phone = layOutComparison(model, 358);
    expect(phone.stacked).toBe(true);
    expect(phone.marks.every(({ showName }) => showName)).toBe(true);
    expect(layOutComparison(model, 1100).stacked).toBe(false);
  });

  it('wraps columns into bands of equal width before it stacks them', () => {
    const banded = layOutComparison(model, 700);
    expect(banded.stacked).toBe(false);
    expect([...new Set(banded.columns.map(({ y }) => y))]).toHaveLength(2);
    expect(banded.names).toHaveLength(2 * model.rows.length);
  });

  it('draws lengths in proportion from zero', () => {
    expect(barLength(50, 100, 200)).toBe(100);
    expect(barLength(0, 100, 200)).toBe(0);
    expect(barLength(0.001, 100, 200)).toBe(1);
    expect(barLength(300, 100, 200)).toBe(200);
    expect(barLength(1, 0, 200)).toBe(0);
  });
});

describe('comparison table', () => {
  it('has a row per variant with every number in words, and the raw ones in the file', () => {
    const table = comparisonTable(everyStateReport, model);
    const [header, original] = chartTableToCsv(table).split('\r\n');
    expect(table.rows).toHaveLength(3);
    expect(header?.startsWith('variant,size_bytes,gzip_bytes,wasm_median_ms')).toBe(true);
    expect(original?.startsWith('original,10857958,10012345,12.31')).toBe(true);
  });
});
