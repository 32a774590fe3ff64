import { describe, expect, it } from 'vitest';
import { UsageError } from '../command';
import { parseFailConditions, type BenchmarkFigures } from './fail-condition';

const figures = {
  cells: [
    { variant: 'original', ep: 'wasm', steady: { medianMs: 10 }, outputMatch: { sqnrDb: 300 } },
    { variant: 'small.onnx', ep: 'wasm', steady: { medianMs: 12.5 }, outputMatch: { sqnrDb: 18 } },
  ],
  comparison: [{ variant: 'small.onnx', ep: 'wasm', ratio: 0.8, verdict: 'slower' }],
} as unknown as BenchmarkFigures;

const found = (text: string) => parseFailConditions(text).flatMap((condition) => condition.find(figures));

describe('parseFailConditions', () => {
  it('finds verdicts and figures beyond a limit', () => {
    expect(found('slower')).toEqual(['small.onnx on wasm: slower']);
    expect(found('faster')).toEqual([]);
    expect(found('ratio<1.1')).toEqual(['small.onnx on wasm: ratio 0.8']);
    expect(found('sqnrDb < 20')).toEqual(['small.onnx on wasm: sqnrDb 18']);
    expect(found('medianMs>=10')).toHaveLength(2);
  });

  it('fails when any of several holds', () => {
    expect(found('invalid, ratio<0.5, medianMs>11')).toEqual(['small.onnx on wasm: medianMs 12.5']);
  });

  it('refuses unknown conditions', () => {
    for (const text of ['', 'speed<1', 'ratio', 'ratio=1', 'ratio<fast', 'toString<1']) {
      expect(() => parseFailConditions(text)).toThrow(UsageError);
    }
  });
});
