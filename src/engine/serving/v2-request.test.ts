import { expect, it } from 'vitest';
import { v2Request } from './v2-request';

it('writes every element type as the protocol does, and no digit of an integer is lost', () => {
  const body = v2Request({
    'a"b': { dtype: 'float32', dims: [1, 2], data: Float32Array.of(0.5, -1) },
    ids: { dtype: 'int64', dims: [1], data: BigInt64Array.of(9007199254740993n) },
    half: { dtype: 'float16', dims: [1], data: Uint16Array.of(0x3c00) },
    mask: { dtype: 'bool', dims: [2], data: Uint8Array.of(1, 0) },
    texts: { dtype: 'string', dims: [1], data: ['say "hi"\n'] },
  });
  expect(body).toContain('"data":[9007199254740993]');
  expect(JSON.parse(body)).toEqual({
    inputs: [
      { name: 'a"b', datatype: 'FP32', shape: [1, 2], data: [0.5, -1] },
      { name: 'ids', datatype: 'INT64', shape: [1], data: [Number('9007199254740993')] },
      { name: 'half', datatype: 'FP16', shape: [1], data: [1] },
      { name: 'mask', datatype: 'BOOL', shape: [2], data: [true, false] },
      { name: 'texts', datatype: 'BYTES', shape: [1], data: ['say "hi"\n'] },
    ],
  });
});
