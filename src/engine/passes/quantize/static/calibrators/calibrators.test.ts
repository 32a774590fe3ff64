import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ValueStatistics } from '../../../../calibration/value-statistics';
import { resolveOptions } from '../../../options';
import type { StaticOptions } from '../static-options';
import { quantizeStatic } from '../quantize-static';
import type { CalibratorSettings } from './calibrator';
import { calibrators } from './calibrators';

const activation = { type: 'uint8', symmetric: false, reduceRange: false } as const;
const settings: CalibratorSettings = { activation, percentile: 99.999, bins: 2048 };

function statisticsOf(...samples: readonly (readonly number[])[]): ValueStatistics {
  const seen = new ValueStatistics();
  for (const sample of samples) seen.add(Float32Array.from(sample));
  return seen;
}

describe('calibrators against those of ONNX Runtime (tools/golden/make-calibrators.py)', () => {
  interface Golden {
    readonly count: number;
    readonly scales: readonly number[];
    readonly cases: readonly {
      readonly shape: string;
      readonly ranges: Readonly<Record<string, readonly [number, number]>>;
    }[];
  }
  const golden = JSON.parse(readFileSync(new URL('./fixtures/ranges.json', import.meta.url)).toString()) as Golden;
  const shapes: Readonly<Record<string, (unit: number) => number>> = {
    even: (u) => 2 * u - 1,
    peaked: (u) => (2 * u - 1) ** 3,
    heavy: (u) => (2 * u - 1) ** 9 * 30,
    'one-sided': (u) => Math.max(2 * u - 1, 0) ** 4 * 7,
    negative: (u) => -(u ** 5) * 3,
    shifted: (u) => u * u * 0.2 + 5,
    constant: () => 2,
  };

  it.each(golden.cases.map((entry) => [entry.shape, entry] as const))('%s', (name, { ranges }) => {
    const samples = golden.scales.map((scale, seed) =>
      Array.from({ length: golden.count }, (_, at) => shapes[name]!((((at + seed) * 7919) % 10007) / 10007) * scale),
    );
    const seen = statisticsOf(...samples);
    const largest = Math.max(-seen.minimum, seen.maximum);
    for (const [method, [low, high]] of Object.entries(ranges)) {
      const [id = '', number = ''] = method.split(' ');
      const bins = id === 'entropy' ? Number(number) : number === '97' ? 512 : 2048;
      const range = calibrators[id as StaticOptions['calibrator']](seen, {
        activation,
        percentile: id === 'percentile' ? Number(number) : 100,
        bins,
      });
      // A value next to an edge may fall into the bin beside it.
      const allowed = id === 'percentile' ? (largest / bins) * 1.0001 : 1e-6;
      expect(Math.abs(range.minimum - low), `${method}, smallest`).toBeLessThanOrEqual(allowed);
      expect(Math.abs(range.maximum - high), `${method}, largest`).toBeLessThanOrEqual(allowed);
    }
  });
});

describe('calibrators', () => {
  it('take a value that never varies, and skip non-finite ones', () => {
    const flat = statisticsOf([2, 2, Number.NaN, Infinity]);
    expect(flat.notFinite).toBe(2);
    for (const calibrator of Object.values(calibrators)) {
      expect(calibrator(flat, settings)).toEqual({ minimum: 2, maximum: 2 });
    }
  });

  it('equal the choices of the option', () => {
    for (const calibrator of Object.keys(calibrators)) {
      expect(resolveOptions(quantizeStatic, { calibrator })).toMatchObject({ calibrator });
    }
  });
});
