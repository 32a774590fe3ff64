import { describe, expect, it } from 'vitest';
import type { FeedData, Feeds } from '../data/feeds';
import { matchGrade } from './match-grade';
import { OutputComparison } from './output-match';

const tensor = (dtype: string, data: FeedData, dims = [data.length]): Feeds => ({ y: { dtype, dims, data } });
const floats = (...values: number[]) => tensor('float32', Float32Array.from(values));

function match(...sets: [Feeds, Feeds][]) {
  const comparison = new OutputComparison();
  for (const [original, variant] of sets) comparison.add(original, variant);
  return comparison.result('synthetic');
}

describe('OutputComparison', () => {
  it('caps identical outputs at 300 dB', () => {
    const result = match([floats(1, -2, 3), floats(1, -2, 3)]);
    expect(result).toMatchObject({ sqnrDb: 300, maxAbs: 0, cosine: 1, identical: true, valid: true, samples: 1 });
  });

  it('computes SQNR, max abs and cosine over all input sets', () => {
    const result = match([floats(3, 4), floats(3, 4.5)], [floats(0, 5), floats(0, 5)]);
    expect(result.sqnrDb).toBeCloseTo(10 * Math.log10(50 / 0.25), 10);
    expect(result.maxAbs).toBe(0.5);
    expect(result.cosine).toBeCloseTo((9 + 18 + 25) / Math.sqrt(50 * (9 + 20.25 + 25)), 12);
    expect(result).toMatchObject({ identical: false, valid: true, samples: 2 });
  });

  it('gives the figures of the worst kind of inputs, and ignores kinds on which the original finds nothing', () => {
    const comparison = new OutputComparison();
    comparison.add(floats(30, 40), floats(30, 40), 0);
    comparison.add(floats(0, 5), floats(0, 4.5), 1);
    comparison.add(floats(0, 0.001), floats(0.001, 0), 2);
    const result = comparison.result('synthetic');
    expect(result.sqnrDb).toBeCloseTo(20, 10);
    expect(result).toMatchObject({ maxAbs: 0.5, identical: false, valid: true, samples: 3 });
    expect(comparison.perOutput()[0]!.sqnrDb).toBeCloseTo(20, 10);
  });

  it('gives the figures of the worst output', () => {
    const original = { ...floats(1, 1), z: { dtype: 'float32', dims: [1], data: Float32Array.of(1) } };
    const variant = { ...floats(1, 1), z: { dtype: 'float32', dims: [1], data: Float32Array.of(0.9) } };
    const result = match([original, variant]);
    expect(result.sqnrDb).toBeCloseTo(20, 4);
    expect(result.outputs.map((output) => output.name)).toEqual(['y', 'z']);
  });

  it('finds zeros and unrelated outputs invalid', () => {
    expect(match([floats(1, 2, 3), floats(0, 0, 0)]).problem).toContain('unrelated');
    expect(match([floats(1, 2, 3), floats(-3, 2, -1)]).valid).toBe(false);
  });

  it('finds NaN and infinity invalid only if the original is finite', () => {
    expect(match([floats(1, 2), floats(1, Number.NaN)]).problem).toContain('not finite at 1 of 2');
    expect(match([floats(1, 2), floats(1, Infinity)]).valid).toBe(false);
    const both = match([floats(1, Number.NaN, -Infinity), floats(1, Number.NaN, -Infinity)]);
    expect(both).toMatchObject({ valid: true, identical: true, sqnrDb: 300 });
  });

  it('names another shape, another type and a missing output', () => {
    const wide = tensor('float32', new Float32Array(2), [1, 2]);
    expect(match([floats(0, 0), wide]).problem).toBe('Output "y" has shape [1, 2], the original\'s is [2].');
    expect(match([floats(1), tensor('int32', Int32Array.of(1))]).problem).toContain('is of type int32');
    expect(match([floats(1), {}]).problem).toBe('Output "y" is missing.');
  });

  it('compares float16 bits with float32', () => {
    // 1, -2, the smallest subnormal, the largest number
    const half = tensor('float16', Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff));
    const result = match([floats(1, -2, 2 ** -24, 65504), half]);
    expect(result).toMatchObject({ identical: true, valid: true });
    const infinite = tensor('float16', Uint16Array.of(0x7c00, 0xfc00, 0x7e00));
    expect(match([floats(Infinity, -Infinity, Number.NaN), infinite]).identical).toBe(true);
  });

  it('compares int64 beyond 32 bits, also negative and unsigned', () => {
    const values = [-(2n ** 40n) - 3n, -1n, 0n, 5n, 2n ** 52n];
    const off = BigInt64Array.from([...values.slice(0, 4), 2n ** 52n - 7n]);
    const result = match([tensor('int64', BigInt64Array.from(values)), tensor('int64', off)]);
    expect(result.maxAbs).toBe(7);
    const unsigned = tensor('uint64', BigUint64Array.of(2n ** 63n));
    expect(match([unsigned, unsigned]).identical).toBe(true);
  });

  it('compares integers and booleans by agreement, not by the size of the error', () => {
    const ids = (...values: bigint[]) => tensor('int64', BigInt64Array.from(values));
    expect(match([ids(1n, 2n, 3n, 4n), ids(1n, 2n, 3n, 900n)]).valid).toBe(true);
    expect(match([ids(1n, 2n, 3n, 4n), ids(1n, 9n, 9n, 9n)]).problem).toContain('25 %');
    expect(match([tensor('bool', Uint8Array.of(1, 0, 1)), tensor('bool', Uint8Array.of(1, 0, 0))]).valid).toBe(true);
  });

  it('compares texts by their agreement alone: they have no signal', () => {
    const texts = (...values: string[]) => tensor('string', values);
    expect(match([texts('a', 'b'), texts('a', 'b')])).toMatchObject({ identical: true, agreement: 1, sqnrDb: null });
    const some = match([texts('a', 'b', 'c'), texts('a', 'b', 'y')]);
    const figures = { sqnrDb: null, maxAbs: null, cosine: null, agreement: 2 / 3 };
    expect(some).toMatchObject({ ...figures, valid: true, identical: false, outputs: [{ name: 'y', ...figures }] });
    expect(match([texts('a', 'b', 'c'), texts('a', 'x', 'y')]).problem).toContain('33 %');
  });

  it('takes the decibels of the whole from the outputs of numbers', () => {
    const label = (...values: string[]) => ({ label: { dtype: 'string', dims: [values.length], data: values } });
    const result = match([
      { ...label('a', 'b', 'c'), ...floats(1, 1, 1) },
      { ...label('a', 'b', 'a'), ...floats(0.9, 0.9, 0.9) },
    ]);
    expect(result.sqnrDb).toBeCloseTo(20, 4);
    expect(result.maxAbs).toBeCloseTo(0.1, 6);
    expect(result).toMatchObject({ agreement: 2 / 3, cosine: 1, identical: false });
  });

  it('holds the texts of an unchanged model to 99 %', () => {
    const comparison = new OutputComparison();
    comparison.add(tensor('string', ['a', 'b']), tensor('string', ['a', 'c']));
    expect(comparison.result('synthetic', { unchanged: true }).problem).toContain(
      '(50 % of its texts are identical, at least 99 % expected)',
    );
  });

  it('accepts errors below the resolution of float32 at 1 if the original is nearly zero', () => {
    const tiny = match([floats(0, 0), floats(1e-9, 1e-9)]);
    expect(tiny.valid).toBe(true);
    expect(tiny.sqnrDb).toBeCloseTo(20 * Math.log10(2 ** -23 / 1e-9), 3);
    expect(match([floats(0, 0), floats(0, 1)]).valid).toBe(false);
  });

  it('holds small outputs to their own scale: 1e-5 against zeros is no match', () => {
    expect(match([floats(1e-5, -2e-5), floats(0, 0)]).problem).toContain('unrelated');
    const scaled = (unit: number) => match([floats(3 * unit, 4 * unit), floats(3 * unit, 4.5 * unit)]).sqnrDb;
    expect(scaled(1e-6)).toBeCloseTo(scaled(1)!, 3);
  });

  it('calls a detector that finds nothing in random inputs not comparable, rather than wrong', () => {
    const found = (original: number[], variant: number[], inputs: 'data' | 'synthetic') => {
      const comparison = new OutputComparison();
      comparison.add(floats(...original), floats(...variant));
      return matchGrade(comparison.result(inputs));
    };
    expect(found([1e-5, 3e-4, 0], [2e-4, 0, 0.6], 'synthetic')).toBe('not-comparable');
    expect(found([1e-5, 3e-4, 0], [2e-4, 0, 0.6], 'data')).toBe('wrong');
    expect(found([1e-5, 3e-4, 0], [NaN, 0, 0.6], 'synthetic')).toBe('wrong');
    // It found something, or is no detector.
    expect(found([1e-5, 3e-2, 0], [2e-4, 0, 0.6], 'synthetic')).toBe('wrong');
    expect(found([1e-5, -3e-4, 0], [2e-4, 0, 0.6], 'synthetic')).toBe('wrong');
    expect(found([1e-5, 3e-4, 0], [1e-5, 3e-4, 1e-6], 'synthetic')).toBe('match');
  });

  it('holds an unchanged model on another provider to 40 dB', () => {
    const unchanged = (factor: number) => {
      const comparison = new OutputComparison();
      comparison.add(floats(1, 2), floats(factor, 2 * factor));
      return comparison.result('synthetic', { unchanged: true });
    };
    expect(unchanged(1.25)).toMatchObject({
      valid: false,
      problem:
        'Output "y" of the unchanged model is not the WASM output (12.0 dB, at least 40 dB expected): this provider computes it incorrectly or too imprecisely.',
    });
    expect(unchanged(1.009).valid).toBe(true);
    expect(match([floats(1, 2), floats(1.25, 2.5)]).valid).toBe(true);
  });

  it('compares nothing if the original has no finite number', () => {
    const blank = match([floats(Number.NaN, Infinity), floats(Number.NaN, Infinity)]);
    expect(blank).toMatchObject({ valid: false, comparable: false });
    expect(blank.problem).toMatch(/^No output of the original is a finite number/);
  });

  it('finds empty outputs identical', () => {
    expect(match([floats(), floats()])).toMatchObject({ sqnrDb: 300, identical: true, valid: true });
  });
});
