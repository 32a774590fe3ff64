import { describe, expect, it } from 'vitest';
import { MemorySource } from './byte-source';
import { DataType, type DataTypeCode } from './data-type';
import type { Tensor } from './graph';
import { createTensor, elementCount, readFloat32, readIntegers, storedSizeBytes, tensorBytes } from './tensor';

const tensor = (dataType: DataTypeCode, dims: readonly number[], data: Partial<Tensor>): Tensor => ({
  name: 't',
  dataType,
  dims: dims.map(BigInt),
  ...data,
});
const raw = (...bytes: number[]): Partial<Tensor> => ({ rawData: new MemorySource(Uint8Array.from(bytes)) });

describe('reading a tensor', () => {
  it('gives the same bytes from raw data, typed fields and external data', () => {
    const values = Float32Array.of(1.5, -2);
    const bytes = new Uint8Array(values.buffer);
    const forms: Partial<Tensor>[] = [
      { rawData: new MemorySource(bytes) },
      { floatData: values },
      { dataLocation: 1, externalSource: new MemorySource(bytes) },
    ];
    for (const form of forms) {
      const item = tensor(DataType.float32, [2], form);
      expect([...tensorBytes(item)]).toEqual([...bytes]);
      expect([...readFloat32(item)]).toEqual([1.5, -2]);
      expect(storedSizeBytes(item)).toBe(8);
    }
  });

  it.each([
    [DataType.int8, { int32Data: Int32Array.of(-1, 127) }, [-1n, 127n]],
    [DataType.uint8, { int32Data: Int32Array.of(0, 255) }, [0n, 255n]],
    [DataType.int16, { int32Data: Int32Array.of(-32768, 5) }, [-32768n, 5n]],
    [DataType.bool, { int32Data: Int32Array.of(1, 0) }, [1n, 0n]],
    [DataType.uint32, { uint64Data: BigUint64Array.of(4294967295n, 7n) }, [4294967295n, 7n]],
    [DataType.uint64, { uint64Data: BigUint64Array.of(2n ** 64n - 1n, 7n) }, [2n ** 64n - 1n, 7n]],
    [DataType.int64, { int64Data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) }, [-(2n ** 63n), 2n ** 63n - 1n]],
  ])('reads typed fields of type %i', (type, data, expected) => {
    const item = tensor(type, [2], data);
    expect(readIntegers(item)).toEqual(expected);
    expect(storedSizeBytes(item)).toBe(tensorBytes(item).byteLength);
  });

  it('unpacks types smaller than a byte, low bits first', () => {
    expect(readIntegers(tensor(DataType.uint4, [3], raw(0x21, 0x0f)))).toEqual([1n, 2n, 15n]);
    expect(readIntegers(tensor(DataType.int4, [3], raw(0x8f, 0x07)))).toEqual([-1n, -8n, 7n]);
    expect(readIntegers(tensor(DataType.int2, [4], raw(0b11_10_01_00)))).toEqual([0n, 1n, -2n, -1n]);
    // Here int32_data holds one packed byte per entry.
    expect(readIntegers(tensor(DataType.int4, [3], { int32Data: Int32Array.of(0x8f, 0x07) }))).toEqual([-1n, -8n, 7n]);
  });

  it('reads all floating-point types', () => {
    expect([...readFloat32(tensor(DataType.float16, [2], raw(0x00, 0x3c, 0x00, 0xc0)))]).toEqual([1, -2]);
    expect([...readFloat32(tensor(DataType.float16, [1], { int32Data: Int32Array.of(0x3c00) }))]).toEqual([1]);
    expect([...readFloat32(tensor(DataType.bfloat16, [1], raw(0x80, 0x3f)))]).toEqual([1]);
    expect([...readFloat32(tensor(DataType.float64, [1], { doubleData: Float64Array.of(0.1) }))]).toEqual([
      Math.fround(0.1),
    ]);
  });

  it('reads values that do not lie on a boundary of their size', () => {
    const memory = new Uint8Array(9);
    memory.set(new Uint8Array(Float32Array.of(1, 2).buffer), 1);
    const item = createTensor({ dataType: DataType.float32, dims: [2], bytes: memory.subarray(1) });
    expect([...readFloat32(item)]).toEqual([1, 2]);
  });

  it('counts elements', () => {
    expect(elementCount(tensor(1, [], {}))).toBe(1);
    expect(elementCount(tensor(1, [3, 0, 5], {}))).toBe(0);
    expect(() => elementCount(tensor(1, [-1], {}))).toThrow('negative');
    expect(() => elementCount({ dims: [2n ** 40n, 2n ** 40n] })).toThrow('too large');
  });

  it('names the problem of unreadable data', () => {
    expect(() => tensorBytes(tensor(DataType.float32, [3], raw(0, 0, 0, 0)))).toThrow('needs 12 bytes');
    expect(() => tensorBytes(tensor(DataType.float32, [1], { int32Data: Int32Array.of(1) }))).toThrow('has 0');
    expect(() => tensorBytes(tensor(DataType.string, [0], {}))).toThrow('cannot be read as numbers');
    expect(() => tensorBytes(tensor(99, [0], {}))).toThrow('type 99');
    expect(() => readFloat32(tensor(DataType.int8, [1], raw(1)))).toThrow('int8');
    const external = { dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] };
    expect(() => tensorBytes(tensor(DataType.float32, [1], external))).toThrow('"w.bin"');
  });
});
