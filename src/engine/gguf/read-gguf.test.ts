/** GGUF files that gguf-py wrote (tools/golden/make-gguf.py), damaged ones, and those that are refused. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asFloat32 } from '../onnx/byte-views';
import { MemorySource } from '../onnx/byte-source';
import { encodeModel, joinParts } from '../onnx/codec/encode';
import { mutate, mutations } from '../onnx/testing/mutate';
import { refusalOf } from '../testing/refusal-of';
import { openGguf } from './open-gguf';
import { readGguf, type GgufFile } from './read-gguf';
import { ggufTypeNames } from './tensor-types';
import { storedOrder, TransposedWeights } from './weight-sources';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(path.join(import.meta.dirname, 'fixtures', name)));
const [types, llama] = [fixture('types.gguf'), fixture('llama.gguf')];
const read = (file: Uint8Array): GgufFile => readGguf(new MemorySource(file));

describe('tensors of every type', () => {
  const { tensors } = read(types);
  const golden = fixture('types.f32');
  const [rows, columns] = [3, 256];
  const sizeBytes = rows * columns * 4;
  const expected = (place: number): Uint8Array => golden.slice(place * sizeBytes, (place + 1) * sizeBytes);

  it.each(ggufTypeNames)('has the values of gguf-py, whole and in windows: %s', (name) => {
    const tensor = tensors.get(name)!;
    const place = [...tensors.keys()].indexOf(name);
    const source = storedOrder(tensor);
    expect([tensor.dims, source.sizeBytes]).toEqual([[rows, columns], sizeBytes]);
    expect(Buffer.compare(source.read(), expected(place))).toBe(0);
    const behind = source.slice(4, sizeBytes);
    for (const [start, end] of [
      [0, 4],
      [120, 1036],
      [1020, 2052],
      [sizeBytes - 8, sizeBytes - 4],
    ] as const) {
      expect(Buffer.compare(behind.read(start, end), expected(place).subarray(start + 4, end + 4))).toBe(0);
    }
  });

  it('are transposed, with rows in another order', () => {
    const tensor = tensors.get('Q4_K')!;
    const values = asFloat32(storedOrder(tensor).read());
    const weights = new TransposedWeights();
    const plain = asFloat32(weights.source(tensor).read());
    expect([plain[0], plain[rows]]).toEqual([values[0], values[1]]);
    const turned = asFloat32(weights.source(tensor, (column) => (column + 1) % rows).read());
    expect(turned.length).toBe(values.length);
    turned.forEach((value, index) => {
      const [column, row] = [Math.floor(index / rows), ((index % rows) + 1) % rows];
      expect(value).toBe(values[row * columns + column]);
    });
  });
});

it('computes windows of a transposed matrix as slices of the whole', () => {
  const { tensors } = read(types);
  fc.assert(
    fc.property(fc.constantFrom(...ggufTypeNames), fc.array(fc.tuple(fc.nat(3072), fc.nat(3072))), (name, windows) => {
      const weights = new TransposedWeights();
      const [source, other] = [
        weights.source(tensors.get(name)!, (column) => 2 - column),
        weights.source(tensors.get('F32')!),
      ];
      const whole = source.read();
      for (const [start, length] of windows) {
        other.read(0, 4);
        expect(Buffer.compare(source.read(start, start + length), whole.subarray(start, start + length))).toBe(0);
      }
    }),
  );
});

it('computes a part of a large transposed matrix from a part of its blocks', () => {
  const [rows, columns] = [4096, 512];
  let blocks = 0;
  const { type } = read(types).tensors.get('Q4_0')!;
  const counted = {
    ...type,
    read: (bytes: Uint8Array) => ((blocks += bytes.length / type.blockBytes), type.read(bytes)),
  };
  const stored = Uint8Array.from({ length: (rows * columns * 18) / 32 }, (_, at) => (at % 18 === 1 ? 60 : at * 7));
  const tensor = { type: counted, dims: [rows, columns], source: new MemorySource(stored) };
  const source = new TransposedWeights().source(tensor);
  const start = source.read(0, 4096);
  expect(blocks).toBeLessThanOrEqual((rows * columns) / 32 / 4);
  const values = type.read(stored);
  expect(asFloat32(start)).toEqual(Float32Array.from({ length: 1024 }, (_, row) => values[row * columns]!));
  blocks = 0;
  for (let at = 0; at < source.sizeBytes; at += 1 << 20) source.read(at, at + (1 << 20));
  expect(blocks).toBeLessThanOrEqual((rows * columns) / 32);
});

const answerTo = (file: Uint8Array): string | undefined =>
  refusalOf(() => joinParts(encodeModel(openGguf(new MemorySource(file), 'a.gguf').model)));

describe('hostile files', () => {
  it('answers random bytes with a sentence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const header = [0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0];
        expect(answerTo(Uint8Array.from([...header, ...tail]))).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it('answers damaged models with a sentence or opens them', () => {
    let refused = 0;
    const header = llama.length - read(llama).tensors.get('token_embd.weight')!.source.sizeBytes;
    fc.assert(
      fc.property(mutations, (changes) => {
        if (answerTo(mutate(llama, changes, Math.min(header, 4096))) !== undefined) refused++;
      }),
      { numRuns: 120 },
    );
    expect(refused).toBeGreaterThan(40);
  });

  it('says that a cut file is damaged, wherever it is cut', () => {
    for (let length = 5; length < llama.length; length = Math.ceil(length * 1.3)) {
      expect(answerTo(llama.subarray(0, length))).toContain('is damaged');
    }
  });

  const text = (value: string): number[] => [...uint64(value.length), ...new TextEncoder().encode(value)];
  const uint64 = (value: number): number[] => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)];
  const uint32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
  const file = (
    version: number,
    tensors: number,
    entries: number,
    ...rest: readonly (readonly number[])[]
  ): Uint8Array =>
    Uint8Array.from([
      ...[0x47, 0x47, 0x55, 0x46],
      ...[uint32(version), uint64(tensors), uint64(entries), ...rest].flat(),
      ...new Uint8Array(64),
    ]);
  const architecture = (name: string) => [text('general.architecture'), uint32(8), text(name)];
  const tensor = (type: number, ...sizes: readonly number[]) => tensorAt(0, 'a', type, ...sizes);
  const tensorAt = (offset: number, name: string, type: number, ...sizes: readonly number[]) => [
    text(name),
    uint32(sizes.length),
    sizes.flatMap(uint64),
    uint32(type),
    uint64(offset),
  ];

  it.each([
    ['counts', file(3, 2 ** 50, 0), 'states 1125899906842624 tensors'],
    ['items', file(3, 0, 1, text('a'), uint32(9), uint32(4), uint64(2 ** 40)), 'items in'],
    ['missing items', file(3, 0, 1, text('a'), uint32(9), uint32(4), uint64(2 ** 20)), 'ends within its header'],
    ['lists in lists', file(3, 0, 1, text('a'), uint32(9), uint32(9), uint64(1)), 'unknown type'],
    ['long texts', file(3, 0, 1, uint64(2 ** 40)), 'a text has 1099511627776 bytes'],
    ['shapes', file(3, 1, 0, ...tensor(0, 2 ** 40, 2 ** 40)), 'has the shape'],
    ['broken blocks', file(3, 1, 0, ...tensor(8, 33)), 'has the shape [33]'],
    ['places', file(3, 1, 0, ...tensor(0, 1024)), 'ends at byte'],
    ['ranks', file(3, 1, 0, ...tensor(0, 1, 1, 1, 1, 1)), 'has 5 dimensions'],
    ['equal names', file(3, 2, 0, ...tensor(0, 1), ...tensor(0, 1)), 'two tensors'],
    ['equal keys', file(3, 0, 2, text('a'), uint32(0), [1], text('a'), uint32(0), [1]), 'two entries “a”'],
    [
      'shared bytes',
      file(3, 3, 0, ...tensorAt(0, 'a', 0, 4), ...tensorAt(32, 'b', 0, 2), ...tensorAt(12, 'c', 0, 2)),
      'the tensors “a” and “c” overlap',
    ],
  ])('limits %s', (_, bytes, words) => expect(answerTo(bytes)).toContain(words));

  it('reads tensors in any places that do not overlap, and refuses others', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(14), fc.integer({ min: 1, max: 6 })), { maxLength: 5 }), (places) => {
        const tensors = places.flatMap(([at, count], index) => tensorAt(4 * at, String(index), 0, count));
        const bytes = file(3, places.length, 0, ...tensors);
        const taken = new Set(places.flatMap(([at, count]) => Array.from({ length: count }, (_, item) => at + item)));
        const shares = taken.size < places.reduce((sum, [, count]) => sum + count, 0);
        const message = refusalOf(() => read(Uint8Array.from([...bytes, ...new Uint8Array(64)])));
        expect(message?.includes('overlap') ?? false).toBe(shares);
        if (shares) refused++;
      }),
    );
    expect(refused).toBeGreaterThan(20);
  });

  it('keeps the lists that it reads in typed arrays, and no other', () => {
    const list = (key: string, type: number, count: number, bytes: readonly number[]) => [
      text(key),
      uint32(9),
      uint32(type),
      uint64(count),
      bytes,
    ];
    const { metadata } = read(
      file(
        3,
        0,
        5,
        ...list('tokenizer.ggml.scores', 6, 2, [...new Uint8Array(Float32Array.of(0.5, -1).buffer)]),
        ...list('tokenizer.ggml.tokens', 8, 2, [...text('a'), ...text('b')]),
        ...list('other.bytes', 0, 40, Array<number>(40).fill(7)),
        ...list('other.texts', 8, 2, [...text('aaa'), ...text('')]),
        ...[text('other.text'), uint32(8), text('x'.repeat(2000))],
      ),
    );
    expect([...metadata]).toEqual([
      ['tokenizer.ggml.scores', Float64Array.of(0.5, -1)],
      ['tokenizer.ggml.tokens', ['a', 'b']],
      ['other.bytes', []],
      ['other.texts', []],
    ]);
  });

  it.each([
    [65_536, 1],
    [65_537, 0],
  ])('reads a chat template of at most 64 kB: %i', (length, count) => {
    const { metadata } = read(file(3, 0, 1, ...[text('tokenizer.chat_template'), uint32(8), text('x'.repeat(length))]));
    expect(metadata.size).toBe(count);
  });

  it.each([
    ['big-endian files', file(0x03000000, 0, 0), 'big-endian'],
    ['other versions', file(1, 0, 0), 'version 1'],
    ['parts', file(3, 0, 1, text('split.count'), uint32(2), [3, 0]), 'one of 3 parts'],
    ['other types', file(3, 1, 0, ...tensor(20, 32)), 'IQ4_NL'],
    ['other architectures', file(3, 0, 1, ...architecture('mamba')), 'mamba'],
    ['no architecture', file(3, 0, 0), 'none'],
    ['a model without sizes', file(3, 0, 1, ...architecture('llama')), 'llama.embedding_length'],
  ])('refuses %s with a sentence', (_, bytes, words) => expect(answerTo(bytes)).toContain(words));
});
