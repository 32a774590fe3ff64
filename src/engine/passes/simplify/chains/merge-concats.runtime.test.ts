import { describe, expect, it } from 'vitest';
import { int64Tensor, node } from '../../../onnx/testing/build';
import { chain, merged } from './testing/merged-chain.runtime';

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

  it('keeps one that is read twice, which would grow with every level', async () => {
    const levels = Array.from({ length: 40 }, (_, at) =>
      node('Concat', [`c${at}`, `c${at}`], [`c${at + 1}`], { axis: 2n }),
    );
    const last = node('Slice', ['c40', 'from', 'to', 'axis'], ['y']);
    const initializers = [int64Tensor('from', [1], [0]), int64Tensor('to', [1], [1]), int64Tensor('axis', [1], [2])];
    const nodes = [node('Slice', ['x', 'from', 'from', 'axis'], ['c0']), ...levels, last];
    expect(await merged(chain(nodes, { initializers }))).toMatchObject({ graph: { nodes } });
  });
});
