import { describe, expect, it } from 'vitest';
import type { Graph } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { RewriteGraph, withNamesRead } from './rewrite-graph';

const nodes = [
  node('Relu', ['x'], ['a']),
  node('Neg', ['a'], ['b']),
  node('Neg', ['a'], ['c']),
  node('Add', ['b', 'w'], ['y']),
  node('Exp', ['c'], ['z']),
];
const [relu, first, second, add, exp] = nodes;

const main = (parts: Partial<Graph> = {}): Graph =>
  graph({
    nodes,
    initializers: [floatTensor('w', [4], [1, 2, 3, 4])],
    inputs: [valueInfo('x', [4])],
    outputs: [valueInfo('y', [4]), valueInfo('z', [4])],
    valueInfos: [valueInfo('a', [4]), valueInfo('b', [4]), valueInfo('c', [4])],
    ...parts,
  });

function rewriting(original: Graph, parent?: RewriteGraph): RewriteGraph {
  let count = 0;
  const names = { value: (base: string) => `${base}_${++count}`, isShared: (name: string) => name === 'shared' };
  return new RewriteGraph(original, { parent, inferred: inferModel(model(original)), names, opset: 17 });
}

const shown = ({ nodes: list }: Graph) =>
  list.map(({ opType, inputs, outputs }) => `${opType} ${inputs.join()} → ${outputs.join()}`);

describe('a graph that rules rewrite', () => {
  it('knows who makes and who reads a value, in graphs inside nodes too', () => {
    const branch = graph({ nodes: [node('Abs', ['a'], ['inner'])], outputs: [valueInfo('inner', [4])] });
    const choice = node('If', ['on'], ['d'], { then_branch: branch, else_branch: branch });
    const rewriter = rewriting(main({ nodes: [...nodes, choice] }));
    expect(rewriter.producer('a')).toBe(relu);
    expect(rewriter.readers('a')).toEqual([first, second, choice]);
    expect(rewriter.onlyReader('b')).toBe(add);
    expect(rewriter.onlyReader('a')).toBeUndefined();
    expect(rewriter.onlyReader('y')).toBeUndefined();
    expect([rewriter.defines('x'), rewriter.defines('w'), rewriter.defines('b'), rewriter.defines('inner')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('sees constants of the graphs around, but none that a caller may replace or that another name hides', () => {
    const outer = rewriting(
      main({
        inputs: [valueInfo('x', [4]), valueInfo('given', [4])],
        initializers: [floatTensor('w', [1], [1]), floatTensor('given', [1], [2])],
      }),
    );
    const inner = rewriting(graph({ nodes: [node('Abs', ['b'], ['q'])], inputs: [valueInfo('b', [4])] }), outer);
    expect(inner.constant('w')?.name).toBe('w');
    expect(outer.constant('given')).toBeUndefined();
    expect(inner.constant('given')).toBeUndefined();
    expect(inner.constant('b')).toBeUndefined();
  });

  it('is the same object while nothing changed', () => {
    const original = main();
    expect(rewriting(original).finish()).toBe(original);
  });

  it('lets readers read past a node, and describes the rest', () => {
    const rewriter = rewriting(main());
    expect(rewriter.bypass('b', 'a')).toBe(true);
    const result = rewriter.finish();
    expect(shown(result)).toEqual(['Relu x → a', 'Neg a → c', 'Add a,w → y', 'Exp c → z']);
    expect(result.valueInfos.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(rewriter.has(first!)).toBe(false);
  });

  it('keeps the name of a bypassed output, if a node can take it over', () => {
    const rewriter = rewriting(main());
    expect(rewriter.bypass('z', 'c')).toBe(true);
    expect(shown(rewriter.finish())).toContain('Neg a → z');
    const atInput = rewriting(main({ nodes: [node('Identity', ['x'], ['y'])], outputs: [valueInfo('y', [4])] }));
    expect(atInput.bypass('y', 'x')).toBe(false);
    const twoOutputs = rewriting(
      main({ nodes: [relu!, node('Identity', ['a'], ['y'])], outputs: [valueInfo('a', [4]), valueInfo('y', [4])] }),
    );
    expect(twoOutputs.bypass('y', 'a')).toBe(false);
  });

  it('leaves a node of which another result is wanted', () => {
    const split = node('Split', ['x'], ['b', 'other'], { axis: 0n });
    const rewriter = rewriting(main({ nodes: [split, node('Add', ['b', 'other'], ['y'])] }));
    expect(rewriter.bypass('b', 'x')).toBe(false);
    expect(rewriter.finish().nodes).toHaveLength(2);
  });

  it('merges equal nodes, but for those that give an output', () => {
    const rewriter = rewriting(main());
    expect(rewriter.merge(exp!, add!)).toBe(false);
    expect(rewriter.merge(second!, first!)).toBe(true);
    expect(shown(rewriter.finish())).toEqual(['Relu x → a', 'Neg a → b', 'Add b,w → y', 'Exp b → z']);
  });

  it('puts replacements in the place of a node, in an order in which they can run', () => {
    const rewriter = rewriting(main());
    rewriter.replace(first!, [node('Mul', ['half', 'a'], ['b']), node('Sqrt', ['a'], ['half'])]);
    rewriter.addConstant('k', floatTensor('', [1], [1]));
    rewriter.define(second!, floatTensor('', [4], [0, 0, 0, 0]));
    const result = rewriter.finish();
    expect(shown(result)).toEqual(['Relu x → a', 'Sqrt a → half', 'Mul half,a → b', 'Add b,w → y', 'Exp c → z']);
    expect(result.initializers.map(({ name }) => name)).toEqual(['w', 'k_1', 'c']);
    expect(() => rewriter.replace(first!, [])).toThrow(TypeError);
  });

  it('finds a known constant under its present name', () => {
    const rewriter = rewriting(main());
    const known = ['x', 'w'];
    expect(rewriter.addConstant('w', floatTensor('', [4], [1, 2, 3, 4]), known)).toBe('w');
    expect(rewriter.finish()).toBe(rewriter.original);
    expect(rewriter.addConstant('w', floatTensor('', [4], [1, 2, 3, 5]), known)).toBe('w_1');
    expect(rewriter.addConstant('w', floatTensor('', [1, 4], [1, 2, 3, 4]), known)).toBe('w_2');
  });

  it('puts more nodes in the place of one than fit on the stack', () => {
    const rewriter = rewriting(main());
    const many = Array.from({ length: 200_000 }, (_, at) => node('Abs', ['x'], [`many${at}`]));
    rewriter.replace(relu!, [...many, relu!]);
    expect(rewriter.finish().nodes).toHaveLength(nodes.length + many.length);
  });

  it('renames inner values only if the name is taken', () => {
    const rewriter = rewriting(main());
    expect(rewriter.nameFromInside('free')).toBe('free');
    expect(rewriter.nameFromInside('shared')).toBe('shared_1');
  });
});

describe('withNamesRead', () => {
  it('swaps names all at once, if graphs inside read and return them', () => {
    const branch = graph({
      nodes: [node('Add', ['a', 'b'], ['s'])],
      outputs: [valueInfo('a', null), valueInfo('s', null)],
    });
    const swapped = withNamesRead(
      node('If', ['a'], ['p', 'q'], { then_branch: branch }),
      new Map([
        ['a', 'b'],
        ['b', 'a'],
      ]),
    );
    const inner = swapped.attributes[0]!.g!;
    expect(swapped.inputs).toEqual(['b']);
    expect(inner.nodes[0]!.inputs).toEqual(['b', 'a']);
    expect(inner.outputs.map(({ name }) => name)).toEqual(['b', 's']);
  });
});
