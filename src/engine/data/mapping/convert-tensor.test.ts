import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32ToFloat16 } from '../../onnx/half-float';
import type { FeedData, FeedTensor } from '../feeds';
import { convertTensor, type Rescaling } from './convert-tensor';

function tensor(dtype: string, data: FeedData): FeedTensor {
  return { dtype, dims: [data.length], data };
}

const half = (...values: number[]) => float32ToFloat16(Float32Array.from(values));
const convert = (dtype: string, data: FeedData, to: string) => convertTensor(tensor(dtype, data), to, 'The array "a"');

describe('convertTensor', () => {
  it.each<[string, FeedData, string, FeedData]>([
    ['uint8', Uint8Array.of(0, 255), 'float32', Float32Array.of(0, 255)],
    ['float64', Float64Array.of(0.1, 1e-50), 'float32', Float32Array.of(0.1, 0)],
    ['float32', Float32Array.of(0.1), 'float64', Float64Array.of(Math.fround(0.1))],
    ['float32', Float32Array.of(0.5, 65_519, Infinity), 'float16', half(0.5, 65_504, Infinity)],
    ['float16', half(0.25, -2), 'float32', Float32Array.of(0.25, -2)],
    ['int64', BigInt64Array.of(-5n, 7n), 'int32', Int32Array.of(-5, 7)],
    ['int64', BigInt64Array.of(-5n, 7n), 'float32', Float32Array.of(-5, 7)],
    ['int32', Int32Array.of(-1, 2 ** 31 - 1), 'int64', BigInt64Array.of(-1n, 2147483647n)],
    ['float64', Float64Array.of(-(2 ** 40), 3), 'int64', BigInt64Array.of(-(2n ** 40n), 3n)],
    ['uint64', BigUint64Array.of(2n ** 62n), 'int64', BigInt64Array.of(2n ** 62n)],
    ['float32', Float32Array.of(3, 0), 'uint8', Uint8Array.of(3, 0)],
    ['bool', Uint8Array.of(0, 1), 'float32', Float32Array.of(0, 1)],
    ['uint8', Uint8Array.of(0, 1), 'bool', Uint8Array.of(0, 1)],
    ['string', ['a'], 'string', ['a']],
  ])('converts %s (case %#)', (from, data, to, expected) => {
    expect(convert(from, data, to)).toEqual(expected);
  });

  it.each<[string, FeedData, string, string]>([
    ['int64', BigInt64Array.of(1n, 2n ** 31n), 'int32', '2147483648 at position 1'],
    ['int32', Int32Array.of(-1), 'uint64', '-1 at position 0'],
    ['int64', BigInt64Array.of(-1n), 'uint64', '-1 at position 0'],
    ['float32', Float32Array.of(0.5), 'int64', '0.5 at position 0'],
    ['float64', Float64Array.of(NaN), 'int32', 'NaN at position 0'],
    ['float64', Float64Array.of(2 ** 60), 'int64', '1152921504606847000 at position 0'],
    ['uint8', Uint8Array.of(2), 'bool', '2 at position 0'],
  ])('refuses values that the other type cannot hold, from %s (case %#)', (from, data, to, place) => {
    expect(() => convert(from, data, to)).toThrow(`The array "a" contains ${place}, which ${to} cannot hold exactly.`);
  });

  it.each<[string, FeedData, string, string]>([
    ['float64', Float64Array.of(1, -1e39), 'float32', '-1e+39 at position 1'],
    ['float32', Float32Array.of(65_520), 'float16', '65520 at position 0'],
    ['int64', BigInt64Array.of(7n, 70_000n), 'float16', '70000 at position 1'],
  ])('refuses a number that would become infinite, from %s (case %#)', (from, data, to, place) => {
    expect(() => convert(from, data, to)).toThrow(`The array "a" contains ${place}, which is too large for ${to}.`);
  });

  it('accepts infinity and NaN as floats and refuses a value that its scale makes infinite', () => {
    const odd = tensor('float64', Float64Array.of(Infinity, NaN, 3.4028235677973362e38));
    expect(convertTensor(odd, 'float32', 'a')).toEqual(Float32Array.of(Infinity, NaN, 3.4028234663852886e38));
    const large = tensor('float32', Float32Array.of(1e30));
    expect(() => convertTensor(large, 'float32', 'a', { scale: 1e10 })).toThrow('which is too large for float32');
  });

  it('refuses text as numbers and the other way round, and types that nothing becomes', () => {
    expect(() => convert('string', ['1'], 'float32')).toThrow(
      'is of type string, which cannot be converted to float32',
    );
    expect(() => convert('float32', Float32Array.of(1), 'string')).toThrow('which cannot be converted to string');
    expect(() => convert('float32', Float32Array.of(1), 'bfloat16')).toThrow('which cannot be converted to bfloat16');
  });

  it('rescales with a rounding to float32 at each step', () => {
    const data = Uint8Array.from({ length: 256 }, (_, value) => value);
    const scaled = convertTensor(tensor('uint8', data), 'float32', 'a', { scale: 1 / 255, offset: -0.1307 });
    const factor = Math.fround(1 / 255);
    const shift = Math.fround(-0.1307);
    expect(Array.from(scaled as Float32Array)).toEqual(
      Array.from(data, (value) => Math.fround(Math.fround(value * factor) + shift)),
    );
    expect(convertTensor(tensor('float32', Float32Array.of(0.5)), 'int64', 'a', { scale: 4 })).toEqual(
      BigInt64Array.of(2n),
    );
  });

  it('applies one number per position of the last axis, or of the first if the counts match', () => {
    const rescaled = (dims: readonly number[], rescaling: Rescaling) => {
      const data = Float32Array.from({ length: 6 }, (_, index) => index);
      return Array.from(convertTensor({ dtype: 'float32', dims, data }, 'float32', 'a', rescaling) as Float32Array);
    };
    expect(rescaled([2, 3], { scale: [1, 10, 100], offset: 0.5 })).toEqual([0.5, 10.5, 200.5, 3.5, 40.5, 500.5]);
    expect(rescaled([2, 3], { offset: [100, 200] })).toEqual([100, 101, 102, 203, 204, 205]);
    expect(rescaled([6], { scale: [2] })).toEqual([0, 2, 4, 6, 8, 10]);
    expect(() => rescaled([2, 3], { scale: [1, 2, 3, 4] })).toThrow(
      'a has shape [2, 3], but "scale" or "offset" lists 4 numbers.',
    );
  });

  it('gives every integer back after a way through int64', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger()), (values) => {
        const wide = convert('float64', Float64Array.from(values), 'int64');
        expect(wide).toEqual(BigInt64Array.from(values, BigInt));
        expect(convert('int64', wide, 'float64')).toEqual(Float64Array.from(values, (value) => value + 0));
      }),
    );
  });
});
