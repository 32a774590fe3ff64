import { readFileSync } from 'node:fs';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../testing/refusal-of';
import { MemorySource } from '../byte-source';
import { checkModel } from '../check';
import { mutate, mutations } from '../testing/mutate';
import { randomModel } from '../testing/random-message';
import { weights } from '../weights';
import { decodeModel } from './decode';
import { encodeModel, joinParts } from './encode';

const answerTo = (file: Uint8Array): string | undefined =>
  refusalOf(() => {
    const model = decodeModel(new MemorySource(file));
    checkModel(model);
    weights(model);
    joinParts(encodeModel(model));
  });

const samples = 'public/samples';
const small = new Uint8Array(readFileSync(`${samples}/face_detection_front_128x128_barracuda.onnx`));

describe('hostile files', () => {
  it('answers random bytes with a sentence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void answerTo(bytes)),
      { numRuns: 2000 },
    );
  });

  it('answers random wire data with a sentence', () => {
    // Small bytes make valid tags and lengths likely, so that this gets deeper than noise.
    const bytes = fc.array(fc.oneof(fc.constantFrom(0x3a, 0x0a, 0x2a, 0x4a, 0x42), fc.nat(24)), { maxLength: 200 });
    fc.assert(
      fc.property(bytes, (tail) => void answerTo(Uint8Array.from([0x08, 0x08, ...tail]))),
      { numRuns: 2000 },
    );
  });

  it('answers damaged models with a sentence or opens them', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.gen(), mutations, (choose, changes) => {
        const file = toBinary(ModelProtoSchema, randomModel(choose));
        if (answerTo(mutate(file, changes)) !== undefined) refused++;
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('answers a damaged real model with a sentence or opens it', () => {
    fc.assert(
      fc.property(mutations, (changes) => void answerTo(mutate(small, changes, 20_000))),
      { numRuns: 60 },
    );
  });

  it('says that a cut file is cut, wherever it is cut', () => {
    for (let length = 1; length < small.length; length = Math.ceil(length * 1.21)) {
      expect(answerTo(small.subarray(0, length))).toMatch(/is incomplete|no graph|not a valid ONNX/);
    }
    expect(answerTo(small.subarray(0, 300_000))).toContain('is incomplete');
  });
});

describe('limits', () => {
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
  const delimited = (field: number, body: readonly number[]): number[] => [
    field * 8 + 2,
    ...varint(body.length),
    ...body,
  ];

  it('refuses nesting that no runtime takes', () => {
    const nest = (levels: number): Uint8Array => {
      // Graph.node (1) → Node.attribute (5) → Attribute.g (6) → Graph …
      let body: number[] = [];
      for (let level = 0; level < levels; level++) body = delimited(1, delimited(5, delimited(6, body)));
      return Uint8Array.from([8, 8, ...delimited(7, body)]);
    };
    expect(answerTo(nest(20))).toBeUndefined();
    expect(answerTo(nest(200))).toContain('levels deep');
  });

  it('refuses groups that nest too deep or do not end', () => {
    expect(answerTo(Uint8Array.from([8, 8, 0x3a, 0, ...Array(5000).fill(0x63)]))).toContain('levels deep');
    expect(answerTo(Uint8Array.from([8, 8, 0x3a, 0, 0x63]))).toContain('without an end');
  });

  it('refuses a number that never ends', () => {
    expect(answerTo(Uint8Array.from([8, 8, 0x3a, ...Array(40).fill(0xff)]))).toContain('too long');
  });

  it.each([1, 2, 5, 6, 7, 8, 9, 10])('reads a 32-bit number that is written in %i bytes', (count) => {
    const padded = [...Array.from({ length: count }, (_, index) => (index === 0 ? 1 : 0) | 0x80)];
    padded[count - 1]! &= 0x7f;
    // Graph.input (11) → ValueInfo.type (2) → Type.tensor_type (1) → elem_type (1), and the shape (2) behind it.
    const type = delimited(1, [8, ...padded, ...delimited(2, [])]);
    const input = delimited(11, [...delimited(1, [120]), ...delimited(2, type)]);
    const model = decodeModel(new MemorySource(Uint8Array.from([8, 8, ...delimited(7, input)])));
    const again = decodeModel(new MemorySource(joinParts(encodeModel(model))));
    for (const { graph } of [model, again]) {
      expect(graph!.inputs[0]!.type).toEqual({ kind: 'tensor', elementType: 1, shape: { dimensions: [] } });
    }
  });

  it('refuses lengths beyond the message around it and beyond the file', () => {
    // A graph of 2 bytes with a node that claims 100.
    expect(answerTo(Uint8Array.from([8, 8, 0x3a, 2, 0x0a, 100, 0x40, 0]))).toContain(
      'is longer than the part that contains it',
    );
    expect(answerTo(Uint8Array.from([8, 8, 0x3a, 100, 0x0a]))).toContain('is incomplete');
  });

  it('refuses millions of empty messages', () => {
    const count = 5_000_000;
    const head = [8, 8, 0x3a, ...varint(count * 2)];
    const file = new Uint8Array(head.length + count * 2);
    file.set(head);
    for (let at = head.length; at < file.length; at += 2) file[at] = 0x0a;
    expect(() => decodeModel(new MemorySource(file))).toThrow('larger than in any real model');
  });

  it('refuses a second graph instead of dropping the first', () => {
    expect(answerTo(Uint8Array.from([8, 8, 0x3a, 0, 0x3a, 0]))).toContain('twice');
  });
});
