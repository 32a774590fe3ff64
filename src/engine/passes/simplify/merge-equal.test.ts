import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { mergeEqual } from './merge-equal';
import { operators, simplified } from './testing/simplified';

describe('merge-equal', () => {
  it('keeps equal nodes and equal weights once, and what follows from that', async () => {
    const original = model(
      graph({
        nodes: [
          node('Mul', ['x', 'w'], ['a']),
          node('Mul', ['x', 'v'], ['b']),
          node('Softmax', ['a'], ['c'], { axis: 1n }),
          node('Softmax', ['b'], ['d'], { axis: 1n }),
          node('Softmax', ['b'], ['e'], { axis: 0n }),
          node('Concat', ['c', 'd', 'e'], ['y'], { axis: 0n }),
        ],
        initializers: [floatTensor('w', [4], [1, 2, 3, 4]), floatTensor('v', [4], [1, 2, 3, 4])],
        inputs: [valueInfo('x', [2, 4])],
        outputs: [valueInfo('y', [6, 4])],
      }),
    );
    const { model: result, changes } = await simplified(original, mergeEqual, { exact: true });
    expect(operators(result)).toEqual(['Mul', 'Softmax', 'Softmax', 'Concat']);
    expect(result.graph!.nodes.at(-1)!.inputs).toEqual(['c', 'c', 'e']);
    expect(changes.map(({ op }) => op)).toEqual(['Initializer', 'Mul', 'Softmax']);
  });

  it('leaves outputs, random numbers, and weights that differ in their last element', async () => {
    const long = Array.from({ length: 3000 }, (_, index) => index);
    const original = model(
      graph({
        nodes: [
          node('Relu', ['x'], ['y']),
          node('Relu', ['x'], ['z']),
          node('Add', ['x', 'w'], ['p']),
          node('Add', ['x', 'v'], ['q']),
          node('RandomUniformLike', ['x'], ['r']),
          node('RandomUniformLike', ['x'], ['s']),
          node('Sub', ['r', 's'], ['t']),
        ],
        initializers: [floatTensor('w', [3000], long), floatTensor('v', [3000], long.with(2999, 7))],
        inputs: [valueInfo('x', [1, 3000])],
        outputs: ['y', 'z', 'p', 'q'].map((name) => valueInfo(name, [1, 3000])),
      }),
    );
    expect((await simplified(original, mergeEqual)).model).toBe(original);
  });
});
