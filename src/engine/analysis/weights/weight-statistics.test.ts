import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import { createTensor } from '../../onnx/tensor';
import { weightStatistics } from './weight-statistics';

const host = { checkpoint: () => Promise.resolve() };

function floats(values: readonly number[]) {
  return createTensor({ dataType: DataType.float32, dims: [values.length], bytes: Float32Array.from(values) });
}

describe('weightStatistics', () => {
  it('gives minimum, maximum, mean, deviation and zeros', async () => {
    expect(await weightStatistics(floats([0, 0, 2, 4, -1]), host)).toMatchObject({
      elements: 5,
      minimum: -1,
      maximum: 4,
      mean: 1,
      std: Math.sqrt((1 + 1 + 1 + 9 + 4) / 5),
      zeros: 2,
      notFinite: 0,
    });
  });

  it('reads packed integers of four bits', async () => {
    // 0x87 holds 7 (low bits) and -8, 0x0f holds -1 and 0.
    const tensor = createTensor({ dataType: DataType.int4, dims: [3], bytes: Uint8Array.of(0x87, 0x0f) });
    expect(await weightStatistics(tensor, host)).toMatchObject({ minimum: -8, maximum: 7, mean: -2 / 3, zeros: 0 });
  });

  it('excludes values that are not finite and counts them', async () => {
    const statistics = await weightStatistics(floats([NaN, Infinity, 1, 3]), host);
    expect(statistics).toMatchObject({ minimum: 1, maximum: 3, mean: 2, notFinite: 2 });
    expect(statistics?.histogram.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('has no bins if all elements are equal, and no numbers without elements', async () => {
    expect(await weightStatistics(floats([5, 5]), host)).toMatchObject({ histogram: [], mean: 5, std: 0 });
    expect(await weightStatistics(floats([]), host)).toMatchObject({ minimum: null, mean: null, std: null });
    const text = { dims: [1n], dataType: DataType.string, stringData: [new Uint8Array(1)] };
    expect(await weightStatistics(text, host)).toBeNull();
  });

  it('agrees with a computation in one go, over several parts', async () => {
    const values = Float32Array.from({ length: 600_001 }, (_, index) => 1000 + Math.sin(index));
    const tensor = createTensor({ dataType: DataType.float32, dims: [values.length], bytes: values });
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const statistics = await weightStatistics(tensor, host);
    expect(statistics?.mean).toBeCloseTo(mean, 9);
    expect(statistics?.std).toBeCloseTo(Math.sqrt(variance), 9);
  });

  it('counts every finite element into one bin', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.float()), async (values) => {
        const statistics = await weightStatistics(floats(values), host);
        const counted = statistics!.histogram.reduce((sum, count) => sum + count, 0);
        const finite = values.length - statistics!.notFinite;
        expect(statistics!.histogram.length === 0 ? finite : counted).toBe(finite);
      }),
    );
  });
});
