import { describe, expect, it } from 'vitest';
import { int64Tensor, node } from '../../onnx/testing/build';
import { chain, merged, untouched } from './chains/testing/merged-chain.runtime';
import { operators } from './testing/simplified.runtime';

describe('merge-chains', () => {
  it('continues with merged nodes', async () => {
    const turn = (from: string, to: string) => node('Transpose', [from], [to], { perm: [1n, 2n, 0n] });
    const nodes = [
      turn('x', 'a'),
      turn('a', 'b'),
      turn('b', 'c'),
      node('Relu', ['c'], ['r']),
      node('Relu', ['r'], ['y']),
    ];
    const once = await merged(chain(nodes));
    expect(operators(await merged(once))).toEqual(['Relu']);
  });

  it('leaves operators that only have the names of those of ONNX', async () => {
    const foreign = node('ExpandDims', ['x', 'first'], ['a'], {}, { domain: 'com.microsoft' });
    const initializers = [int64Tensor('first', [1], [0])];
    const original = chain([foreign, node('Squeeze', ['a', 'first'], ['y'])], { initializers });
    await untouched({
      ...original,
      opsetImports: [...original.opsetImports, { domain: 'com.microsoft', version: 1n }],
    });
  });
});
