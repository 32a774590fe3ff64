import { describe, expect, it } from 'vitest';
import type { Graph } from '../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../onnx/testing/build';
import { findParameters, layOut } from './parameter-layout';
import { isNotTrainable, prepareForward, type ForwardGraph } from './prepare-forward';

const shape = [1, 2, 4];

function prepared(parts: Partial<Graph>, batch = 3, input: readonly (number | string)[] = shape) {
  const main = graph({ inputs: [valueInfo('x', input)], outputs: [valueInfo('y', null)], ...parts });
  return prepareForward(model(main, { opset: 18 }), { batch, inputs: new Map([['x', [batch, ...shape.slice(1)]]]) });
}

function forwardOf(...given: Parameters<typeof prepared>): ForwardGraph {
  const forward = prepared(...given);
  if (isNotTrainable(forward)) throw new Error(forward.reason);
  return forward;
}

describe('prepareForward', () => {
  it('takes constants out of nodes and inputs, and knows the size of every value', () => {
    const constant = node('Constant', [], ['w'], { value: floatTensor('', [4, 5], new Float32Array(20)) });
    const forward = forwardOf({
      nodes: [constant, node('MatMul', ['x', 'w'], ['m']), node('Add', ['m', 'b'], ['y'])],
      initializers: [floatTensor('b', [5], [1, 2, 3, 4, 5])],
      inputs: [valueInfo('x', ['N', 2, 4]), valueInfo('b', [5])],
    });
    expect(forward.graph.nodes.map(({ opType }) => opType)).toEqual(['MatMul', 'Add']);
    expect(forward.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(forward.shapeOf('y')).toEqual([3, 2, 5]);
  });

  it('replaces a batch size of one by the new batch', () => {
    const forward = forwardOf({
      nodes: [
        node('Concat', ['x', 'more'], ['c'], { axis: 1n }),
        node('Reshape', ['c', 'target'], ['r']),
        node('Reshape', ['more', 'target'], ['kept']),
        node('Relu', ['r'], ['y']),
      ],
      initializers: [floatTensor('more', [1, 1, 4], [1, 2, 3, 4]), int64Tensor('target', [2], [1, -1])],
    });
    expect(forward.shapeOf('c')).toEqual([3, 3, 4]);
    expect(forward.shapeOf('y')).toEqual([3, 12]);
    expect(forward.shapeOf('kept')).toEqual([1, 4]);
  });

  it('refuses another batch that is written into the model, and functions', () => {
    const initializers = [int64Tensor('target', [2], [2, 4])];
    const reshaped = prepared({ nodes: [node('Reshape', ['x', 'target'], ['y'])], initializers });
    expect(reshaped).toMatchObject({ path: 'graph/Reshape_0', op: 'Reshape' });
    const flat = prepared({
      nodes: [node('Reshape', ['x', 'target'], ['y'])],
      initializers: [int64Tensor('target', [1], [-1])],
    });
    expect(flat).toMatchObject({ path: 'graph/y', op: 'Output' });
    const calls = model(graph({}), {
      opset: 18,
      functions: [{ inputs: [], outputs: [], attributes: [], nodes: [], opsetImports: [] }],
    });
    expect(prepareForward(calls, { batch: 1, inputs: new Map() })).toMatchObject({ op: 'Model' });
    expect(prepareForward(model(graph({}), { opset: 17 }), { batch: 1, inputs: new Map() })).toMatchObject({
      op: 'Model',
    });
  });
});

describe('findParameters', () => {
  it('finds weights and omits factors, masks, exponents, bounds and values shared with such uses', () => {
    const forward = forwardOf({
      nodes: [
        node('Mul', ['x', 'factor'], ['a']),
        node('Add', ['a', 'mask'], ['b']),
        node('Clip', ['b', 'low'], ['c']),
        node('MatMul', ['c', 'first'], ['d']),
        node('Pow', ['d', 'exponent'], ['e']),
        node('Mul', ['e', 'shared'], ['f']),
        node('Sub', ['f', 'shared'], ['g']),
        node('MatMul', ['g', 'last'], ['y']),
      ],
      initializers: [
        floatTensor('factor', [1], [0.5]),
        floatTensor('mask', [4], [0, 0, 0, -1e9]),
        floatTensor('low', [], [0]),
        floatTensor('first', [4, 2], new Float32Array(8)),
        floatTensor('exponent', [2], [2, 2]),
        floatTensor('shared', [2], [1, 2]),
        floatTensor('last', [2, 3], new Float32Array(6)),
      ],
    });
    const found = findParameters(forward);
    expect(found.map(({ name }) => name)).toEqual(['first', 'last']);
    expect(layOut(found)).toEqual({
      elements: 14,
      parameters: [
        { name: 'last', shape: [2, 3], offset: 0, elements: 6, decays: true },
        { name: 'first', shape: [4, 2], offset: 6, elements: 8, decays: true },
      ],
    });
  });
});
