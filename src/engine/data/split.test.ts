import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluatedSamples, normalizedSplit, splitSamples, usuallySetAside } from './split';

const split = fc.record({
  seed: fc.nat(2 ** 32 - 1),
  calibration: fc.nat(300),
  evaluation: fc.option(fc.nat(300)),
});

describe('splitSamples', () => {
  it('never puts a sample in both parts, keeps each part ascending, and loses none', () => {
    fc.assert(
      fc.property(fc.nat(250), split, (samples, wanted) => {
        const { calibration, evaluation } = splitSamples(samples, wanted);
        const all = [...calibration, ...evaluation];
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((index) => Number.isInteger(index) && index >= 0 && index < samples)).toBe(true);
        for (const part of [calibration, evaluation]) expect(part).toEqual(part.toSorted((a, b) => a - b));
        expect(calibration).toHaveLength(Math.min(wanted.calibration, samples));
        const left = samples - calibration.length;
        expect(evaluation).toHaveLength(Math.min(left, wanted.evaluation ?? left));
      }),
    );
  });

  it('gives the same parts for the same seed and others for another', () => {
    const parts = (seed: number) => splitSamples(1000, { seed, calibration: 100, evaluation: null });
    expect(parts(7)).toEqual(parts(7));
    expect(parts(7).calibration).not.toEqual(parts(8).calibration);
  });

  it('stays as it is: reports name the split by its seed alone', () => {
    expect(splitSamples(10, { seed: 1, calibration: 4, evaluation: 3 })).toMatchInlineSnapshot(`
      {
        "calibration": [
          2,
          3,
          7,
          8,
        ],
        "evaluation": [
          1,
          5,
          9,
        ],
      }
    `);
  });

  it('draws the same calibration samples for every evaluation size', () => {
    const calibrationOf = (evaluation: number | null) =>
      splitSamples(500, { seed: 3, calibration: 50, evaluation }).calibration;
    expect(calibrationOf(10)).toEqual(calibrationOf(null));
  });

  it('takes samples from everywhere', () => {
    const { calibration } = splitSamples(10_000, { seed: 5, calibration: 1000, evaluation: null });
    const perTenth = Array.from(
      { length: 10 },
      (_, tenth) => calibration.filter((index) => Math.floor(index / 1000) === tenth).length,
    );
    // 100 on average, with a deviation of about 9.
    for (const count of perTenth) expect(Math.abs(count - 100)).toBeLessThan(45);
  });
});

describe('normalizedSplit', () => {
  it.each([
    [
      { seed: 3, calibration: 0, evaluation: null },
      { seed: 0, calibration: 0, evaluation: 10 },
    ],
    [
      { seed: 3, calibration: 4, evaluation: null },
      { seed: 3, calibration: 4, evaluation: 6 },
    ],
    [
      { seed: 3, calibration: 40, evaluation: 5 },
      { seed: 3, calibration: 10, evaluation: 0 },
    ],
    [
      { seed: 3, calibration: 2, evaluation: 5 },
      { seed: 3, calibration: 2, evaluation: 5 },
    ],
  ])('writes %o of ten samples as %o, which takes the same', (written, normalized) => {
    expect(normalizedSplit(10, written)).toEqual(normalized);
    expect(splitSamples(10, normalized)).toEqual(splitSamples(10, written));
  });
});

describe('evaluatedSamples', () => {
  it('are the evaluation part of a split, or the first in the order of the data', () => {
    const chosen = { seed: 3, calibration: 2, evaluation: 4 };
    expect(evaluatedSamples(10, chosen)).toEqual(splitSamples(10, chosen).evaluation);
    expect(evaluatedSamples(4, { first: 3 })).toEqual([0, 1, 2]);
    expect(evaluatedSamples(4, { first: 9 })).toEqual([0, 1, 2, 3]);
    expect(evaluatedSamples(4, { first: null })).toEqual([0, 1, 2, 3]);
    expect(evaluatedSamples(0, { first: null })).toEqual([]);
  });
});

describe('usuallySetAside', () => {
  it('leaves at least half of the samples for evaluation', () => {
    expect([1, 5, 64, 255, 1000].map(usuallySetAside)).toEqual([0, 2, 32, 127, 128]);
  });
});
