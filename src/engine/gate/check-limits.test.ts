import { describe, expect, it } from 'vitest';
import type { CellResult, Comparison } from '../metrics/cell';
import { checkLimits, describeOutcome, type CheckedFacts } from './check-limits';
import { readModelLimits, type ModelLimits } from './model-limits';

const nothingLeaves = { sentence: 'All nodes run on it.', evidence: '', leaves: [], copies: 0, notMeasured: [] };

const facts: CheckedFacts = {
  inspection: {
    parameters: 10,
    macs: null,
    unknown: { macs: 'the size of “batch” is open', flops: null, bytes: null },
    providers: { wasm: nothingLeaves, webgpu: nothingLeaves, webnn: nothingLeaves },
  },
  sizeBytes: 1000,
  cells: [],
  comparison: [],
};

const compared = (ratio: number, interval: [number, number], verdict: Comparison['verdict']) => ({
  ...facts,
  comparison: [{ variant: 'b', ep: 'wasm', ratio, interval, noiseFloor: 0.01, verdict, pairs: 30 }] as const,
});

const answers = (onlyOriginal: number, value: number, interval: [number, number]): CheckedFacts => ({
  ...facts,
  evaluation: { difference: { metric: 'top1', value, interval, onlyOriginal, onlyVariant: 0 } },
});

const holds = (limits: ModelLimits, known: CheckedFacts = facts) => checkLimits(limits, known)[0]?.holds;

describe('limits', () => {
  it('are broken by unknown values', () => {
    expect(checkLimits({ macs: 5, gzipBytes: 5, accuracyLoss: 1, sqnrDb: 0 }, facts)).toMatchObject([
      { limit: 'gzipBytes', measured: null, holds: false },
      { limit: 'macs', measured: null, holds: false, what: 'unknown: the size of “batch” is open' },
      { limit: 'accuracyLoss', measured: null, holds: false },
      { limit: 'sqnrDb', measured: null, holds: false },
    ]);
    expect(holds({ latency: { webgpu: { p95Ms: 1 } } })).toBe(false);
  });

  it('on TensorRT count the nodes that it refuses', () => {
    const finding = { rule: 'T5', path: 'graph/a', op: 'QuantizeLinear', isFatal: true, reason: '' };
    const tensorrtRules = [finding, { ...finding, rule: 'T6' }, { ...finding, path: 'graph/b', isFatal: false }];
    const quantized = { ...facts, inspection: { ...facts.inspection, tensorrtRules } };
    const limits: ModelLimits = { opsNotOn: { tensorrt: 0 } };
    expect(checkLimits(limits, quantized)).toMatchObject([{ limit: 'opsNotOn.tensorrt', measured: 1, holds: false }]);
    expect(holds(limits)).toBe(true);
  });

  it('on speed are broken only if the whole interval is below the limit', () => {
    const limits: ModelLimits = { latency: { wasm: { ratio: 1 } } };
    expect(holds(limits, compared(0.98, [0.94, 1.02], 'same'))).toBe(true);
    expect(holds(limits, compared(0.9, [0.88, 0.92], 'slower'))).toBe(false);
    expect(holds(limits, compared(3, [2.9, 3.1], 'invalid'))).toBe(false);
  });

  it('on outputs compare the loss itself and report the possible loss', () => {
    const limits: ModelLimits = { accuracyLoss: 0.01 };
    expect(checkLimits(limits, answers(5, -0.005, [-0.02, 0.01]))).toMatchObject([
      {
        measured: 0.005,
        interval: [-0.01, 0.02],
        holds: true,
        what: '0.5 points lost, 95 % interval −1 to 2 points; a loss of up to 2 points is possible',
      },
    ]);
    expect(checkLimits(limits, answers(20, -0.02, [-0.03, -0.01]))).toMatchObject([
      { holds: false, what: '2 points lost, 95 % interval 1 to 3 points' },
    ]);
    expect(checkLimits(limits, answers(0, 0, [0, 0]))[0]?.what).toBe('no loss');
  });

  it('that are undecided hold, unless the check is strict', () => {
    const limits: ModelLimits = { accuracyLoss: 0.01, latency: { wasm: { ratio: 1 } } };
    const open = { ...compared(0.98, [0.94, 1.02], 'same'), evaluation: answers(5, -0.005, [-0.02, 0.01]).evaluation! };
    expect(checkLimits(limits, open)).toMatchObject([
      { limit: 'latency.wasm.ratio', holds: true, isUndecided: true, verdict: 'same' },
      { limit: 'accuracyLoss', holds: true, isUndecided: true, lossVerdict: { word: 'probably-within', limit: 0.01 } },
    ]);
    expect(checkLimits(limits, open).map(describeOutcome)).toEqual(['not yet known', 'probably within']);
    const few = checkLimits(limits, answers(0, 0, [-0.19, 0.19]));
    expect(few.map(describeOutcome)[1]).toBe('too few samples');
    expect(checkLimits(limits, open, { isStrict: true })).toMatchObject([
      { holds: false, what: expect.stringMatching(/^undecided: 0\.980×/) as string },
      { holds: false, what: expect.stringMatching(/^undecided: 0\.5 points lost/) as string },
    ]);
    const settled = { ...compared(1.5, [1.4, 1.6], 'faster'), evaluation: answers(0, 0, [-0.001, 0.001]).evaluation! };
    for (const check of checkLimits(limits, settled, { isStrict: true })) {
      expect(check).toMatchObject({ holds: true });
      expect(check).not.toHaveProperty('isUndecided');
    }
  });

  it('on boxes use mAP, the error rate of texts or, without labels, the original boxes', () => {
    const limits: ModelLimits = { accuracyLoss: 0.05 };
    const by = (metric: string, value: number): CheckedFacts => ({
      ...facts,
      evaluation: { difference: { metric, value, interval: [value, value] } },
    });
    expect([holds(limits, by('map', -0.04)), holds(limits, by('map', -0.06))]).toEqual([true, false]);
    expect([holds(limits, by('cer', 0.04)), holds(limits, by('cer', 0.06))]).toEqual([true, false]);
    // An error is a share of the original's, which must be known.
    expect(holds(limits, by('mae', 0))).toBe(false);
    const error = { metric: 'mae', value: 3, interval: [2, 4] } as const;
    const grown = (originalValue: number): CheckedFacts => ({
      ...facts,
      evaluation: { difference: error, samples: 90, originalValue },
    });
    expect(checkLimits(limits, grown(50))[0]).toMatchObject({
      measured: 0.06,
      holds: false,
      lossVerdict: { word: 'probably-outside' },
      what: 'the error is 6 % larger, 95 % interval 4 to 8 %',
    });
    expect(checkLimits(limits, grown(100))[0]).toMatchObject({ holds: true, lossVerdict: { word: 'within' } });
    const boxAgreement = { value: 0.9, interval: [0.85, 0.95] };
    const outputMatch = { perOutput: [{}, { boxAgreement }] } as unknown as NonNullable<
      NonNullable<CheckedFacts['evaluation']>['outputMatch']
    >;
    // Scores that all fade keep their order, and so mAP.
    const faded = {
      perOutput: [{ boxAgreement: { value: 0.1, interval: [0.05, 0.15] } }],
    } as unknown as typeof outputMatch;
    const difference = { metric: 'map', value: 0, interval: [0, 0] } as const;
    expect(holds(limits, { ...facts, evaluation: { difference, outputMatch } })).toBe(true);
    expect(checkLimits(limits, { ...facts, evaluation: { difference, outputMatch: faded } })[0]).toMatchObject({
      holds: false,
      measured: 0.9,
    });
    expect(checkLimits(limits, { ...facts, evaluation: { outputMatch } })[0]).toMatchObject({
      holds: false,
      what: '10 % of the boxes lost, 95 % interval 5 to 15 % of the boxes',
    });
  });

  it('between two files hold without a measurement if the files are equal', () => {
    const limits: ModelLimits = { latency: { wasm: { ratio: 1 } }, accuracyLoss: 0, sqnrDb: 200 };
    expect(checkLimits(limits, { ...facts, isUnchanged: true }).map(({ holds: each }) => each)).toEqual([
      true,
      true,
      true,
    ]);
    expect(holds({ latency: { wasm: { ratio: 1.5 } } }, { ...facts, isUnchanged: true })).toBe(false);
    expect(holds({ latency: { wasm: { p95Ms: 5 } } }, { ...facts, isUnchanged: true })).toBe(false);
  });

  it('on one provider read its own cells', () => {
    const cell = (ep: CellResult['ep'], p95Ms: number) => ({ ep, steady: { p95Ms } }) as CellResult;
    const known = { ...facts, cells: [cell('wasm', 9), cell('webgpu', 2)] };
    expect(checkLimits({ latency: { wasm: { p95Ms: 5 }, webgpu: { p95Ms: 5 } } }, known)).toMatchObject([
      { limit: 'latency.wasm.p95Ms', measured: 9, holds: false },
      { limit: 'latency.webgpu.p95Ms', measured: 2, holds: true },
    ]);
  });
});

it('reads limits, and names the place that is wrong', () => {
  expect(readModelLimits('{"latency": {"wasm": {"ratio": 1.1}}}', 'b.json')).toEqual({
    latency: { wasm: { ratio: 1.1 } },
  });
  expect(() => readModelLimits('{"latency": {"wasm": {"ratio": "fast"}}}', 'b.json')).toThrow('latency.wasm.ratio');
  expect(() => readModelLimits('{"latency": {"wasm": {}}}', 'b.json')).toThrow('no limit');
  expect(() => readModelLimits('{"__proto__": 5, "constructor": 1}', 'b.json')).toThrow('b.json');
  expect(() => readModelLimits('sizeBytes: 5', 'b.json')).toThrow('not JSON');
});

it.each([
  ['{"sizeBytes": "800 kB", "gzipBytes": "0.3 MB"}', { sizeBytes: 800_000, gzipBytes: 300_000 }],
  ['{"sizeBytes": "1.5 MiB", "macs": "300 M"}', { sizeBytes: 1_572_864, macs: 300_000_000 }],
  ['{"accuracyLoss": "1 %", "sqnrDb": "30 dB"}', { accuracyLoss: 0.01, sqnrDb: 30 }],
  ['{"latency": {"wasm": {"p95Ms": "0.5 s", "ratio": "1.2×"}}}', { latency: { wasm: { p95Ms: 500, ratio: 1.2 } } }],
])('readModelLimits reads units: %s', (text, limits) => {
  expect(readModelLimits(text, 'b.json')).toEqual(limits);
});

it.each([
  '"800"',
  '"800 ms"',
  '"kB"',
  '"-1 kB"',
  '"1e3 kB"',
  '"800 kB "',
  '"0.0001 kB"',
  '"9e9 GB"',
  '"8 constructor"',
])('readModelLimits refuses a size of %s', (value) =>
  expect(() => readModelLimits(`{"sizeBytes": ${value}}`, 'b.json')).toThrow('“sizeBytes” is wrong'),
);
