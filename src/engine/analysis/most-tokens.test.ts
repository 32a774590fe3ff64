import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Node, Tensor } from '../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../onnx/testing/build';
import { inspectInputs } from './inspect';
import { mostTokens } from './most-tokens';
import { productOf } from '../product-of';

const table = (name: string, ...dims: readonly number[]) =>
  floatTensor(name, dims, Array<number>(productOf(dims)).fill(0));

const positions = (nodes: readonly Node[], initializers: readonly Tensor[]) => model(graphOf(nodes, initializers));
const graphOf = (nodes: readonly Node[], initializers: readonly Tensor[]) =>
  graph({
    nodes: [
      node('Shape', ['ids'], ['shape']),
      node('Gather', ['shape', 'one'], ['length']),
      node('Unsqueeze', ['length', 'zeros'], ['end']),
      ...nodes,
    ],
    initializers: [int64Tensor('one', [], [1n]), int64Tensor('zeros', [1], [0n]), ...initializers],
    inputs: [valueInfo('ids', ['batch', 'length'], DataType.int64)],
  });
const slicedGraph = graphOf(
  [node('Slice', ['p', 'zeros', 'end', 'axes'], ['y'])],
  [table('p', 1, 64, 2), int64Tensor('axes', [1], [1n])],
);

const sliced = model(slicedGraph);

describe('mostTokens', () => {
  it('is no more than metadata state', () => {
    const stating = (value: string) => ({ ...sliced, metadata: [{ key: 'pareto.context_length', value }] });
    expect(['48', '96', 'many', '0'].map((value) => mostTokens(stating(value)))).toEqual([48, 64, 64, 64]);
  });

  it('is the size of a constant that is sliced by a size at run', () => {
    expect(mostTokens(sliced)).toBe(64);
  });

  it('returns the rows of a table indexed by a range up to a size, also for integer tables', () => {
    const chosen = [
      node('Range', ['zero', 'length', 'unit'], ['range']),
      node('Unsqueeze', ['range', 'zeros'], ['places']),
      node('DequantizeLinear', ['p', 's'], ['rows']),
      node('Gather', ['rows', 'places'], ['y']),
    ];
    const scalars = [int64Tensor('zero', [], [0n]), int64Tensor('unit', [], [1n])];
    expect(mostTokens(positions(chosen, [table('p', 48, 2), table('s'), ...scalars]))).toBe(48);
  });

  it('is unknown if the end is constant or positions are computed', () => {
    const end = [node('Slice', ['p', 'zeros', 'fixed'], ['y'])];
    expect(mostTokens(positions(end, [table('p', 64, 2), int64Tensor('fixed', [1], [8n])]))).toBeUndefined();
    const computed = [node('Sin', ['p'], ['q']), node('Slice', ['q', 'zeros', 'end'], ['y'])];
    expect(mostTokens(positions(computed, [table('p', 64, 2)]))).toBeUndefined();
  });

  it('goes through sizes that are joined many times over once each', () => {
    const joined = Array.from({ length: 11 }, (_, at) => {
      return node('Concat', Array<string>(64).fill(at === 0 ? 'ids' : `c${at - 1}`), [`c${at}`], { axis: 0n });
    });
    const last = node('Slice', ['p', 'zeros', 'c10'], ['y']);
    expect(mostTokens(positions([...joined, last], [table('p', 64, 2)]))).toBeUndefined();
  });

  it('is told of inputs of tokens whose length is open', () => {
    const inputs = [
      ...slicedGraph.inputs,
      valueInfo('x', ['batch', 4]),
      valueInfo('mask', ['batch', 32], DataType.int64),
    ];
    const found = inspectInputs(model({ ...slicedGraph, inputs }));
    expect(found.map(({ mostTokens: most }) => most)).toEqual([64, undefined, undefined]);
  });
});
