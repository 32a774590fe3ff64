import { describe, expect, it } from 'vitest';
import { graph, model, node, valueInfo } from './testing/build';
import { inTopologicalOrder, withSortedNodes } from './topological-order';

describe('inTopologicalOrder', () => {
  it('moves only nodes that read a later value', () => {
    const [first, last, other] = [node('Abs', ['x'], ['a']), node('Neg', ['b'], ['y']), node('Exp', ['a'], ['b'])];
    expect(inTopologicalOrder([first, last, other])).toEqual([first, other, last]);
    const ordered = [first, other, last];
    expect(inTopologicalOrder(ordered)).toBe(ordered);
  });

  it('orders a node that reads more than fits on the stack', () => {
    const makers = Array.from({ length: 200_000 }, (_, at) => node('Abs', ['x'], [`v${at}`]));
    const reader = node(
      'Concat',
      makers.map(({ outputs }) => outputs[0]!),
      ['y'],
      { axis: 0n },
    );
    expect(inTopologicalOrder([reader, ...makers]).at(-1)).toBe(reader);
  });
});

describe('withSortedNodes', () => {
  const disordered = [node('Relu', ['a'], ['b']), node('Neg', ['x'], ['a'])];
  const sorted = disordered.toReversed();
  const choosing = (nodes: typeof disordered) => {
    const branch = graph({ nodes, outputs: [valueInfo('b', [2])] });
    return node('If', ['on'], ['y'], { then_branch: branch, else_branch: branch });
  };
  const maker = node('Abs', ['given'], ['x']);
  const modelOf = (nodes: typeof disordered, body: typeof disordered) =>
    model(graph({ nodes }), {
      functions: [{ name: 'F', inputs: ['x'], outputs: ['b'], nodes: body } as never],
    });

  it('sorts the graph, the graphs inside nodes with their outer reads, and functions', () => {
    const { graph: main, functions } = withSortedNodes(modelOf([choosing(disordered), maker], disordered));
    expect(main!.nodes).toEqual([maker, choosing(sorted)]);
    expect(functions[0]!.nodes).toEqual(sorted);
  });

  it('returns the same object if no node has to move', () => {
    const original = modelOf([maker, choosing(sorted)], sorted);
    expect(withSortedNodes(original)).toBe(original);
  });
});
