import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affineParameters, rangeInUse, representableRange, type AffineOptions } from '../affine';
import { float16Format, float32Format, roundToFloat16 } from '../float-format';
import { float16ToFloat32, float32ToFloat16 } from '../../../onnx/half-float';
import type { ByteSource } from '../../../onnx/byte-source';
import { DataType } from '../../../onnx/data-type';
import { createTensor } from '../../../onnx/tensor';
import { WeightQuantizer, type WeightLayout } from './quantize-weight';
import type { ScaleGroups } from './weight-scaling';

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

const tensorOf = (values: Float32Array) =>
  createTensor({ dataType: DataType.float32, dims: [values.length], bytes: values });

async function quantizeWeight(
  values: Float32Array,
  groups: ScaleGroups,
  affine: AffineOptions,
  bytesToKeep = Infinity,
) {
  const result = await new WeightQuantizer(meter, bytesToKeep).quantize(tensorOf(values), { affine, groups });
  return result && { ...result, bytes: result.data.read() };
}

describe('quantizeWeight', () => {
  it('rounds like the float32 quotient, also if the product with 1 ÷ scale crosses a half', async () => {
    // Ends that make the scale 0.1 (not a float32), and every half step with its neighbors in float32.
    const scale = Math.fround(0.1);
    const halves = Array.from({ length: 255 }, (_, index) => Math.fround((index - 127.5) * scale));
    const bits = new Int32Array(new Float32Array(halves).buffer);
    const around = [-2, -1, 0, 1, 2].flatMap((step) => [...new Float32Array(bits.map((word) => word + step).buffer)]);
    const values = new Float32Array([Math.fround(-127.5 * scale), Math.fround(127.5 * scale), ...around]);
    for (const type of ['int8', 'uint8'] as const) {
      const options = { type, symmetric: false, reduceRange: false };
      const quantized = await quantizeWeight(values, { kind: 'tensor' }, options);
      expect([...quantized!.bytes]).toEqual(reference(values, options).bytes);
    }
  });

  it('finds the range at every place, of odd and even lengths', async () => {
    const options = { type: 'int8', symmetric: false, reduceRange: false } as const;
    for (const length of [1, 2, 3, 4, 7]) {
      for (let place = 0; place < length; place++) {
        for (const extreme of [5, -5]) {
          const values = new Float32Array(length).fill(0.5).fill(extreme, place, place + 1);
          const quantized = await quantizeWeight(values, { kind: 'tensor' }, options);
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
          const result = (await quantizeWeight(values, { kind: 'tensor' }, options))!;
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
            const result = (await quantizeWeight(values, groups, options))!;
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
      expect(await quantizeWeight(values, groups, options)).toBeUndefined();
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

/** A file that notes the sizes of what is read from it. */
function fileOf(bytes: Uint8Array) {
  const reads: number[] = [];
  const read = (start = 0, end = bytes.length) => {
    reads.push(end - start);
    return bytes.subarray(start, end);
  };
  return { sizeBytes: bytes.length, reads, read, slice: () => expect.unreachable() };
}

/** Larger than a piece, with rows that no piece or window ends with. */
function wave(length: number): Float32Array {
  const values = new Float32Array(length);
  for (let index = 0; index < length; index++) values[index] = Math.sin(index * 1.7) * (1 + (index % 1013));
  return values;
}

const affine: AffineOptions = { type: 'int8', symmetric: true, reduceRange: false };
const dynamicInt8: AffineOptions = { type: 'int8', symmetric: false, reduceRange: false };

describe('integers computed when they are read', () => {
  const layouts: readonly (readonly [string, number, WeightLayout])[] = [
    ['one scale', 700_001, { affine: dynamicInt8, groups: { kind: 'tensor' } }],
    ['a scale per block', 3 * 230_001, { affine, groups: { kind: 'blocks', count: 3 } }],
    ['a scale per small block', 9001 * 77, { affine, groups: { kind: 'blocks', count: 9001 } }],
    ['a scale per column', 901 * 777, { affine, groups: { kind: 'columns', count: 777 } }],
    [
      'a scale per column, rows longer than a piece',
      2 * 300_001,
      { affine, groups: { kind: 'columns', count: 300_001 } },
    ],
    [
      'transposed matrices',
      2 * 601 * 503,
      { affine, groups: { kind: 'tensor' }, transposed: { count: 2, rows: 601, columns: 503 } },
    ],
    [
      'transposed matrices, a scale per row',
      2 * 601 * 503,
      { affine, groups: { kind: 'blocks', count: 2 * 601 }, transposed: { count: 2, rows: 601, columns: 503 } },
    ],
    [
      'transposed, rows longer than a piece',
      2 * 300_001,
      { affine, groups: { kind: 'blocks', count: 2 }, transposed: { count: 1, rows: 2, columns: 300_001 } },
    ],
  ];

  it.each(layouts)('are those that are kept: %s', async (_name, length, layout) => {
    const tensor = tensorOf(wave(length));
    const kept = (await new WeightQuantizer(meter, Infinity).quantize(tensor, layout))!;
    const onDemand = (await new WeightQuantizer(meter, 0).quantize(tensor, layout))!;
    const { data } = onDemand;
    expect(onDemand.scales.join()).toBe(kept.scales.join());
    expect(onDemand.zeroPoints.join()).toBe(kept.zeroPoints.join());
    const bytes = kept.data.read();
    expect(data.sizeBytes).toBe(length);
    expect(Buffer.compare(data.read(), bytes)).toBe(0);
    await data.prepare?.(async () => {});
    fc.assert(
      fc.property(fc.nat(length), fc.nat(length), fc.nat(length), (at, size, inner) => {
        const end = Math.min(length, at + size);
        expect(Buffer.compare(data.read(at, end), bytes.subarray(at, end))).toBe(0);
        const from = Math.min(inner, end - at);
        expect(Buffer.compare(data.slice(at, end).read(from), bytes.subarray(at + from, end))).toBe(0);
        expect(data.slice(at, end).slice(from, end - at).sizeBytes).toBe(end - at - from);
      }),
      { numRuns: 20 },
    );
  });

  it('exchanges rows and columns of each matrix', async () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -127);
    const transposed = { count: 2, rows: 2, columns: 3 };
    for (const bytesToKeep of [0, Infinity]) {
      const quantizer = new WeightQuantizer(meter, bytesToKeep);
      const result = await quantizer.quantize(tensorOf(values), { affine, groups: { kind: 'tensor' }, transposed });
      expect([...new Int8Array(result!.data.read())]).toEqual([1, 4, 2, 5, 3, 6, -1, -4, -2, -5, -3, -127]);
    }
  });

  it('are kept while they fit in all', async () => {
    const quantizer = new WeightQuantizer(meter, 10);
    const kinds: string[] = [];
    for (const length of [6, 5, 4, 1]) {
      const result = await quantizer.quantize(tensorOf(wave(length)), { affine, groups: { kind: 'tensor' } });
      kinds.push(result!.data.constructor.name);
    }
    expect(kinds).toEqual(['MemorySource', 'QuantizedSource', 'MemorySource', 'QuantizedSource']);
  });

  it('are kept up to a quarter of that for cheap floats; the work is known before', async () => {
    const bytes = new Uint8Array(wave(6).buffer);
    const rawData = { ...fileOf(bytes), readInto: (target: Uint8Array) => target.set(bytes) };
    const tensor = { ...tensorOf(wave(6)), rawData };
    let done = 0;
    const counting = { advance: async (amount: number) => void (done += amount) };
    const quantizer = new WeightQuantizer(counting, 47);
    expect(quantizer.workBytes([tensor, tensor])).toBe(4 * (12 + 6));
    const layout = { affine, groups: { kind: 'tensor' } } as const;
    const results = [await quantizer.quantize(tensor, layout), await quantizer.quantize(tensor, layout)];
    expect(results.map((result) => result!.data.constructor.name)).toEqual(['MemorySource', 'QuantizedSource']);
    expect(done).toBe(4 * (12 + 6));
    expect(Buffer.compare(results[1]!.data.read(), results[0]!.data.read())).toBe(0);
  });

  it('read a file in few large pieces if it cannot fill memory, and keep none', async () => {
    const bytes = new Uint8Array(wave(3 * 2 ** 20).buffer);
    const file = fileOf(bytes);
    const tensor = { ...tensorOf(wave(3 * 2 ** 20)), rawData: file };
    const layout = { affine, groups: { kind: 'tensor' } } as const;
    const { data } = (await new WeightQuantizer(meter, 0).quantize(tensor, layout))!;
    expect(file.reads).toEqual([8 * 2 ** 20, 4 * 2 ** 20]);
    for (let at = 0; at < data.sizeBytes; at += 2 ** 18) data.read(at, at + 2 ** 18);
    expect(file.reads).toHaveLength(4);
    data.read(0, 1);
    expect(file.reads).toHaveLength(5);
  });

  it('of a transposed weight are computed once from its start to its end, whoever else shares the memory', async () => {
    const quantizer = new WeightQuantizer(meter, 0);
    const files = [wave(35), wave(35).reverse()].map((values) => fileOf(new Uint8Array(values.buffer)));
    const layout = { affine, groups: { kind: 'tensor' }, transposed: { count: 1, rows: 5, columns: 7 } } as const;
    const [first, second] = (await Promise.all(
      files.map(async (rawData) => (await quantizer.quantize({ ...tensorOf(wave(35)), rawData }, layout))!.data),
    )) as [ByteSource, ByteSource];
    const expected = [first.read(), second.read()].map((bytes) => [...bytes]);
    const readsBefore = files[0]!.reads.length;
    const seen: number[] = [];
    for (let at = 0; at < 35; at += 5) seen.push(...first.read(at, at + 5));
    expect(files[0]!.reads.length).toBe(readsBefore + 1);
    expect(seen).toEqual(expected[0]);
    expect([...first.read(0, 3), ...second.read(0, 3), ...first.read(3), ...second.read(3)]).toEqual([
      ...expected[0]!.slice(0, 3),
      ...expected[1]!.slice(0, 3),
      ...expected[0]!.slice(3),
      ...expected[1]!.slice(3),
    ]);
  });

  it('of a huge transposed weight are prepared in pieces, so that a cancel gets through', async () => {
    const side = 4096;
    const layout = { affine, groups: { kind: 'tensor' }, transposed: { count: 1, rows: side, columns: side } } as const;
    const tensor = tensorOf(new Float32Array(side * side).fill(0.5));
    const { data } = (await new WeightQuantizer(meter, 0).quantize(tensor, layout))!;
    let checkpoints = 0;
    const checkpoint = async () => {
      if (++checkpoints === 3) throw new Error('enough');
    };
    await expect(data.prepare!(checkpoint)).rejects.toThrow('enough');
    await data.prepare!(checkpoint);
    // One for each 2 ** 18 elements.
    expect(checkpoints).toBe(3 + (side * side) / 2 ** 18);
  });
});
