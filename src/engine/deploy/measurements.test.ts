import { describe, expect, it } from 'vitest';
import { everyStateReport, exampleCell } from '../report/testing/every-state-report';
import type { DeployFacts } from './deploy-facts';
import { measurementsOf, parseMeasurement, strangersAmong } from './measurements';

const [original, deployed, other] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
const facts = (documents: DeployFacts['documents'], report: DeployFacts['report'] = null) =>
  ({
    documents,
    report,
    originalSha256: original,
    inspection: { file: { sha256: deployed } },
  }) as unknown as DeployFacts;

const cell = (variant: string, medianMs: number) => {
  return {
    ...exampleCell({ variant, ep: 'wasm', medianMs, sqnrDb: 40 }),
    samplesMs: [medianMs, medianMs],
    operators: [{ op: 'MatMul', ms: 1 }],
  };
};
/** The document that `benchmark --json` prints. */
const benchmark = (variantSha256 = deployed) =>
  JSON.parse(
    JSON.stringify({
      device: everyStateReport.device,
      models: [
        { variant: 'original', name: 'm.onnx', sha256: original },
        { variant: 'v.onnx', name: 'v.onnx', sha256: variantSha256 },
      ],
      cells: [cell('original', 8), cell('v.onnx', 4)],
      comparison: [{ ...everyStateReport.comparisons[0], variant: 'v.onnx' }],
    }),
  ) as unknown;

describe('measurements of the command line', () => {
  it('belong to models by their bytes, regardless of file names', () => {
    const { cells, comparisons, device } = measurementsOf(facts([parseMeasurement(benchmark(), 'b.json')]));
    expect(cells.map(({ of, cell: { steady, quantilesMs } }) => [of, steady.medianMs, quantilesMs[10]])).toEqual([
      ['original', 8, 8],
      ['deployed', 4, 4],
    ]);
    expect(comparisons).toHaveLength(1);
    expect(device).toEqual(everyStateReport.device);
  });

  it('know throughput and heap of the last model named, and whether nodes were timed', () => {
    const given = benchmark() as { readonly cells: readonly object[] };
    const [first, last] = given.cells;
    const document = {
      ...given,
      cells: [first, { ...last, nodes: [{ path: 'graph/MatMul_0' }] }],
      sweep: [
        { axis: 'batch', value: 8, samplesPerSecond: 900, medianMs: 9, interval: [890, 910] },
        { axis: 'height', value: 8, samplesPerSecond: 9000, medianMs: 1, interval: [8900, 9100] },
        { axis: 'optimization', value: 'all', samplesPerSecond: 1000, medianMs: 1, interval: [990, 1010] },
      ],
      memory: { parameters: {}, activationsPeakBytes: null, heapGrowthBytes: 0, heapBytes: 2 ** 24 },
    };
    const { alone, cells } = measurementsOf(facts([parseMeasurement(document, 'b.json')]));
    // Smaller pictures say nothing about the throughput of the model.
    expect(alone).toMatchObject([{ of: 'deployed', heapBytes: 2 ** 24, sweep: [{ samplesPerSecond: 900 }] }]);
    expect(cells.map(({ hasNodeTimes }) => hasNodeTimes)).toEqual([false, true]);
  });

  it('omit measurements of other bytes and name them', () => {
    const document = parseMeasurement(benchmark(other), 'b.json');
    const { cells, comparisons } = measurementsOf(facts([document]));
    expect(cells.map(({ of }) => of)).toEqual(['original']);
    expect(comparisons).toEqual([]);
    expect(strangersAmong([document], facts([]))).toEqual([]);
    const strangers = { ...facts([]), originalSha256: null, inspection: { file: { sha256: 'd'.repeat(64) } } };
    expect(strangersAmong([document], strangers as unknown as DeployFacts)).toEqual([
      'The benchmark measured m.onnx and v.onnx, which is not in this bundle.',
    ]);
  });

  it('stand beside those of a report of the page', () => {
    const report = { ...everyStateReport, variants: [{ ...everyStateReport.variants[0]!, sha256: deployed }] };
    const alone = measurementsOf(facts([], report)).cells.length;
    const both = measurementsOf(facts([parseMeasurement(benchmark(), 'b.json')], report));
    expect(both.cells).toHaveLength(alone + 2);
    expect(both.dataName).toBe(report.evaluationData?.name ?? null);
    // The report has throughput by batch size, and the document has none.
    const swept = both.alone.flatMap(({ of, sweep }) => sweep.map(({ samplesPerSecond }) => [of, samplesPerSecond]));
    expect(swept).toEqual([
      ['deployed', 123],
      ['deployed', 230],
      ['deployed', 234],
    ]);
  });

  it.each([
    [
      { ...(benchmark() as object), cells: [{}] },
      /^b\.json is not a document of this Pareto's benchmark --json: cells\.0\./,
    ],
    [{ metrics: {}, model: 'm.onnx' }, /^b\.json is not a document of this Pareto's evaluate --json: model/],
    [{ servedPerSecond: 5, model: 'm.onnx' }, /^b\.json is not a document of this Pareto's simulate --json: sha256/],
    [{ version: 999 }, /^This report has version 999/],
    [[1], /^This report is damaged/],
  ])('are refused if they are damaged: %#', (candidate, sentence) => {
    expect(() => parseMeasurement(candidate, 'b.json')).toThrow(sentence);
  });
});
