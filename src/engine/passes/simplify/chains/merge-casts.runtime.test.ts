import { describe, expect, it } from 'vitest';
import { DataType } from '../../../onnx/data-type';
import { node } from '../../../onnx/testing/build';
import { operators } from '../testing/simplified.runtime';
import { chain, merged, untouched } from './testing/merged-chain.runtime';

describe('mergeCasts', () => {
  const casts = (types: readonly [number, number, number]) =>
    chain(
      [
        node('Cast', ['x'], ['f'], { to: BigInt(types[0]) }),
        node('Identity', ['f'], ['i']),
        node('Cast', ['i'], ['a'], { to: BigInt(types[1]) }),
        node('Cast', ['a'], ['y'], { to: BigInt(types[2]) }),
      ],
      { types: [DataType.float32, types[2]] },
    );

  it.each<[string, readonly [number, number, number], readonly string[]]>([
    ['back to where they came from', [DataType.float16, DataType.float32, DataType.float16], ['Cast', 'Identity']],
    ['on to a wider type', [DataType.int8, DataType.int32, DataType.int64], ['Cast', 'Identity', 'Cast']],
    ['over floats that hold them', [DataType.uint8, DataType.float32, DataType.float64], ['Cast', 'Identity', 'Cast']],
    ['of bools', [DataType.bool, DataType.float32, DataType.int64], ['Cast', 'Identity', 'Cast']],
  ])('makes one of Casts %s', async (_name, types, expected) => {
    expect(operators(await merged(casts(types)))).toEqual(expected);
  });

  it.each<[string, readonly [number, number, number]]>([
    ['to a narrower float', [DataType.float32, DataType.float16, DataType.float32]],
    ['over integers', [DataType.float32, DataType.int32, DataType.float32]],
    ['over floats that do not hold all integers', [DataType.int32, DataType.float32, DataType.int64]],
    ['over floats to integers of another range', [DataType.int8, DataType.float32, DataType.uint8]],
    ['over bool', [DataType.int32, DataType.bool, DataType.int32]],
    ['over integers without a sign', [DataType.int8, DataType.uint32, DataType.int64]],
  ])('leaves Casts %s', async (_name, types) => {
    // The cast of a negative number to an unsigned type depends on the runtime, so the test compares graphs and runs
    // nothing.
    const original = casts(types);
    await untouched(original);
  });
});
