import { describe, expect, it } from 'vitest';
import { graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { getAttributeInts } from '../../../onnx/traverse';
import { operators } from '../testing/simplified.runtime';
import { chain, merged } from './testing/merged-chain.runtime';

describe('mergeTransposes', () => {
  it('makes one of two', async () => {
    const first = node('Transpose', ['x'], ['a'], { perm: [2n, 0n, 1n] });
    const result = await merged(chain([first, node('Transpose', ['a'], ['y'], { perm: [0n, 2n, 1n] })]));
    expect(operators(result)).toEqual(['Transpose']);
    expect(getAttributeInts(result.graph!.nodes[0]!, 'perm')).toEqual([2, 1, 0]);
  });

  it('removes a Transpose that undoes another, even if that one is read', async () => {
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('Transpose', ['r'], ['a']),
      node('Transpose', ['a'], ['b']),
      node('Add', ['b', 'r'], ['c']),
      node('Transpose', ['c'], ['d'], { perm: [2n, 1n, 0n] }),
      node('Add', ['d', 'a'], ['y']),
    ];
    expect(operators(await merged(chain(nodes)))).toEqual(['Relu', 'Transpose', 'Add', 'Transpose', 'Add']);
  });

  it('leaves two of which the first is read elsewhere', async () => {
    const nodes = [
      node('Transpose', ['x'], ['a'], { perm: [0n, 2n, 1n] }),
      node('Transpose', ['a'], ['b'], { perm: [2n, 1n, 0n] }),
      node('Transpose', ['b'], ['c'], { perm: [2n, 1n, 0n] }),
      node('Relu', ['b'], ['z']),
      node('Add', ['c', 'a'], ['y']),
    ];
    const original = chain(nodes);
    const two = model(
      graph({ ...original.graph!, outputs: [...original.graph!.outputs, valueInfo('z', [null, null, null])] }),
    );
    // The last one takes the second back; the other two stay.
    expect(operators(await merged(two))).toEqual(['Transpose', 'Transpose', 'Relu', 'Add']);
  });
});
