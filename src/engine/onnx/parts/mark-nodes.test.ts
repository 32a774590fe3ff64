import { describe, expect, it } from 'vitest';
import { graph, model, node, valueInfo } from '../testing/build';
import { nodes } from '../traverse';
import { markNodes, marksIn } from './mark-nodes';

const branch = (name: string) =>
  graph({ nodes: [node('Neg', ['x'], [name], {}, { name: 'same' })], outputs: [valueInfo(name, [2])] });

const nested = model(
  graph({
    nodes: [
      node('Relu', ['x'], ['a'], {}, { name: 'same' }),
      node('Relu', ['a'], ['b'], {}, { name: 'same' }),
      node('Relu', ['b'], ['c']),
      node('If', ['yes'], ['y'], { then_branch: branch('t'), else_branch: branch('e') }, { name: 'a "quoted"/name' }),
    ],
    inputs: [valueInfo('x', [2])],
    outputs: [valueInfo('y', [2])],
  }),
);

describe('markNodes', () => {
  it('gives every node a name of its own and tells the path behind it', () => {
    const marked = markNodes(nested);
    const names = [...nodes(marked.model)].map((visit) => visit.node.name ?? '');
    expect(new Set(names).size).toBe(6);
    const paths = [...nodes(nested)].map(({ path }) => path);
    expect(names.map((name) => marked.nodes[marksIn(name)[0]!]!.path)).toEqual(paths);
    expect(paths).toContain('graph/same#1');
    const holder = marked.nodes.findIndex(({ op }) => op === 'If');
    expect(marked.nodes.filter((entry) => entry.holder === holder).map(({ path }) => path)).toEqual([
      'graph/a "quoted"/name.then_branch/same',
      'graph/a "quoted"/name.else_branch/same',
    ]);
  });

  it('gives the nodes of functions marks too, apart from those of the graph', () => {
    const body = [node('Neg', ['a'], ['b'], {}, { name: 'same' })];
    const twice = { name: 'Twice', domain: 'own', inputs: ['a'], outputs: ['b'], attributes: [], opsetImports: [] };
    const calls = graph({ nodes: [node('Twice', ['x'], ['y'], {}, { domain: 'own', name: 'same' })] });
    const marked = markNodes(model(calls, { functions: [{ ...twice, nodes: body }] }));
    const inFunction = marked.model.functions[0]!.nodes[0]!.name!;
    expect(inFunction).not.toBe(marked.model.graph!.nodes[0]!.name);
    expect(marked.nodes[marksIn(inFunction)[0]!]).toEqual({ path: 'function:own:Twice/same', op: 'Neg' });
  });

  it('changes nothing but names', () => {
    const unnamed = (name: string | undefined) => [...nodes(nested)].find((visit) => visit.node.name === name)!.node;
    const { model: marked } = markNodes(nested);
    const third = [...nodes(marked)][2]!.node;
    expect({ ...third, name: undefined }).toEqual({ ...unnamed(undefined), name: undefined });
    expect(marked.graph?.inputs).toBe(nested.graph?.inputs);
  });
});

describe('marksIn', () => {
  it('finds the marks in a name that a runtime derived', () => {
    expect(marksIn('@node12@/GeluFusion/')).toEqual([12]);
    expect(marksIn('@node3@_@node14@_@node3@')).toEqual([3, 14]);
    expect(marksIn('BiasGelu_token_2')).toEqual([]);
  });
});
