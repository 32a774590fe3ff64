import { describe, expect, it } from 'vitest';
import { node } from '../../../onnx/testing/build';
import { chain, merged } from './testing/merged-chain';

describe('mergeConcats', () => {
  it('makes one Concat of those along one axis, and leaves those that are read elsewhere or along another', async () => {
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('Concat', ['x', 'r'], ['a'], { axis: 2n }),
      node('Concat', ['r', 'r'], ['b'], { axis: -1n }),
      node('Concat', ['a', 'x', 'b'], ['c'], { axis: 2n }),
      node('Concat', ['x', 'x', 'x', 'x', 'x'], ['d'], { axis: 2n }),
      node('Concat', ['c', 'd'], ['y'], { axis: 1n }),
    ];
    const result = await merged(chain(nodes));
    expect(result.graph!.nodes.map(({ opType, inputs }) => [opType, ...inputs])).toEqual([
      ['Relu', 'x'],
      ['Concat', 'x', 'r', 'x', 'r', 'r'],
      ['Concat', 'x', 'x', 'x', 'x', 'x'],
      ['Concat', 'c', 'd'],
    ]);
  });
});
