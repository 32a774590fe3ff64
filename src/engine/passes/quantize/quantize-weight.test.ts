import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affineParameters, rangeInUse, representableRange, type AffineOptions } from './affine';
import { float16Format, float32Format, roundToFloat16 } from './float-format';
import { float16ToFloat32, float32ToFloat16 } from '../../onnx/half-float';
import { transposeBytes } from './integer-kernels';
import { quantizeWeight, type ScaleGroups } from './quantize-weight';

const meter = { advance: async () => {} };
const finiteFloat = fc.float({ noNaN: true, noDefaultInfinity: true });
const affineOptions: fc.Arbitrary<AffineOptions> = fc.record({
  type: fc.constantFrom('int8' as const, 'uint8' as const),
  symmetric: fc.boolean(),
  reduceRange: fc.boolean(),
});

/** Straight from the definition, element by element. */
function reference(
  values: Float32Array,
  options: AffineOptions,
): { bytes: number[]; scale: number; zeroPoint: number } {
  const { scale, zeroPoint } = affineParameters(Math.min(...values, 0), Math.max(...values, 0), options, float32Format);
  const { lowest, highest } = representableRange(options.type);
  const bytes = [...values].map((value) => {
    const quotient = Math.fround(value / scale);
    const floor = Math.floor(quotient);
    const rest = quotient - floor;
    const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
    return Math.min(Math.max(rounded + zeroPoint, lowest), highest) & 0xff;
  });
  return { bytes, scale, zeroPoint };
}

const readerOf = (values: Float32Array) => ({
  elementCount: values.length,
  format: float32Format,
  read: (start: number, end: number) => values.subarray(start, end),
});

describe('quantizeWeight', () => {
  it('rounds as the float32 quotient does, also where the product with 1 ÷ scale is on the other side of a half', async () => {
    // Ends that make the scale 0.1 (not a float32), and every half step with its neighbours in float32.
    const scale = Math.fround(0.1);
    const halves = Array.from({ length: 255 }, (_, index) => Math.fround((index - 127.5) * scale));
    const bits = new Int32Array(new Float32Array(halves).buffer);
    const around = [-2, -1, 0, 1, 2].flatMap((step) => [...new Float32Array(bits.map((word) => word + step).buffer)]);
    const values = new Float32Array([Math.fround(-127.5 * scale), Math.fround(127.5 * scale), ...around]);
    for (const type of ['int8', 'uint8'] as const) {
      const options = { type, symmetric: false, reduceRange: false };
      const quantized = await quantizeWeight(readerOf(values), { kind: 'tensor' }, options, meter);
      expect([...quantized!.bytes]).toEqual(reference(values, options).bytes);
    }
  });

  it('finds the range at every place, of odd and even lengths', async () => {
    const options = { type: 'int8', symmetric: false, reduceRange: false } as const;
    for (const length of [1, 2, 3, 4, 7]) {
      for (let place = 0; place < length; place++) {
        for (const extreme of [5, -5]) {
          const values = new Float32Array(length).fill(0.5).fill(extreme, place, place + 1);
          const quantized = await quantizeWeight(readerOf(values), { kind: 'tensor' }, options, meter);
          expect([...quantized!.scales]).toEqual([reference(values, options).scale]);
        }
      }
    }
  });

  it('equals the definition, per tensor', () =>
    fc.assert(
      fc.asyncProperty(
        fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 40 }),
        affineOptions,
        async (values, options) => {
          const result = (await quantizeWeight(readerOf(values), { kind: 'tensor' }, options, meter))!;
          const expected = reference(values, options);
          expect([...result.bytes]).toEqual(expected.bytes);
          expect(result.scales[0]).toBe(expected.scale);
          expect(result.zeroPoints[0]! + 0).toBe(expected.zeroPoint + 0);
        },
      ),
    ));

  it('equals the definition for each block and each column', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(finiteFloat),
        affineOptions,
        async (rows, columns, stream, options) => {
          const values = Float32Array.from([...stream.take(rows * columns)]);
          for (const kind of ['blocks', 'columns'] as const) {
            const count = kind === 'blocks' ? rows : columns;
            const groups: ScaleGroups = { kind, count };
            const result = (await quantizeWeight(readerOf(values), groups, options, meter))!;
            for (let group = 0; group < count; group++) {
              const isMember = (_: unknown, index: number): boolean =>
                (kind === 'blocks' ? Math.floor(index / columns) : index % columns) === group;
              const expected = reference(values.filter(isMember), options);
              expect([...result.bytes].filter(isMember)).toEqual(expected.bytes);
              expect(result.scales[group]).toBe(expected.scale);
            }
          }
        },
      ),
    ));

  it.each([NaN, Infinity, -Infinity])('gives nothing for a weight with %d', async (bad) => {
    const values = Float32Array.of(1, bad, 2);
    const options = { type: 'int8', symmetric: true, reduceRange: false } as const;
    for (const groups of [{ kind: 'tensor' }, { kind: 'columns', count: 3 }, { kind: 'blocks', count: 3 }] as const) {
      expect(await quantizeWeight(readerOf(values), groups, options, meter)).toBeUndefined();
    }
  });
});

describe('affineParameters', () => {
  it('keeps zero exact and the zero point inside the range in use', () =>
    fc.assert(
      fc.property(finiteFloat, finiteFloat, affineOptions, (a, b, options) => {
        const { scale, zeroPoint } = affineParameters(Math.min(a, b), Math.max(a, b), options, float32Format);
        const { lowest, highest } = representableRange(options.type);
        expect(scale).toBeGreaterThan(0);
        expect(Math.fround(scale)).toBe(scale);
        expect(Number.isInteger(zeroPoint)).toBe(true);
        expect(zeroPoint).toBeGreaterThanOrEqual(lowest);
        expect(zeroPoint).toBeLessThanOrEqual(highest);
      }),
    ));

  it('uses the ranges of the tool', () => {
    expect(rangeInUse({ type: 'int8', symmetric: true, reduceRange: false })).toEqual({ lowest: -127, highest: 127 });
    expect(rangeInUse({ type: 'int8', symmetric: true, reduceRange: true })).toEqual({ lowest: -64, highest: 64 });
    expect(rangeInUse({ type: 'uint8', symmetric: true, reduceRange: false })).toEqual({ lowest: 0, highest: 255 });
    expect(rangeInUse({ type: 'uint8', symmetric: false, reduceRange: true })).toEqual({ lowest: 0, highest: 127 });
  });
});

describe('rounding', () => {
  it('rounds to float16 as the bits say', () =>
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const [expected] = float16ToFloat32(float32ToFloat16(Float32Array.of(value)));
        expect(roundToFloat16(value)).toBe(expected);
      }),
      { numRuns: 1000 },
    ));

  it('knows which scales float16 can hold', () => {
    expect(float16Format.isTooSmallForScale(2 ** -26)).toBe(true);
    expect(float16Format.isTooSmallForScale(2 ** -24)).toBe(false);
  });
});

describe('transposeBytes', () => {
  it('exchanges rows and columns', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 150 }), (rows, columns) => {
        const source = Uint8Array.from({ length: rows * columns }, (_, index) => (index * 7) & 0xff);
        const target = new Uint8Array(source.length);
        transposeBytes(source, rows, columns, target);
        const index = (rows * columns) >> 1;
        const [row, column] = [Math.floor(index / columns), index % columns];
        expect(target[column * rows + row]).toBe(source[index]);
        expect([...target].sort()).toEqual([...source].sort());
      }),
      { numRuns: 30 },
    ));
});
