import { describe, expect, it } from 'vitest';
import { DataType } from './data-type';
import type { Graph, Node, ValueInfo } from './graph';
import { inferModel } from './infer';
import { textOfSize } from './size';
import { graph, int64Tensor, model, node, valueInfo } from './testing/build';

const named = (...names: string[]): ValueInfo[] => names.map((name) => ({ name }));

/** Shapes of values of the main graph over an input x of N×4. */
function shapesOf(nodes: readonly Node[], names: readonly string[], parts: Partial<Graph> = {}) {
  const initializers = [
    int64Tensor('two', [], [2]),
    int64Tensor('zero', [], [0]),
    int64Tensor('pair', [1], [2]),
    int64Tensor('six', [], [6]),
  ];
  const inputs = [valueInfo('x', ['N', 4]), valueInfo('go', [], DataType.bool)];
  const main = graph({ nodes, inputs, initializers, ...parts });
  const inferred = inferModel(model(main));
  return names.map((name) => inferred.value(main, name)?.shape?.map((size) => textOfSize(size) ?? null));
}

const parts = node('SplitToSequence', ['x', 'two'], ['parts'], { axis: 0n });
const rows = node('SplitToSequence', ['x'], ['rows'], { axis: 0n, keepdims: 0n });

describe('sequences of which nobody knows how long they are', () => {
  it('hold tensors of which much is known', () => {
    const nodes = [
      parts,
      rows,
      node('SequenceAt', ['parts', 'zero'], ['part']),
      node('SequenceAt', ['rows', 'zero'], ['row']),
      node('SequenceInsert', ['parts', 'x'], ['more']),
      node('SequenceErase', ['more', 'zero'], ['fewer']),
      node('SequenceAt', ['fewer', 'zero'], ['left']),
      node('ConcatFromSequence', ['rows'], ['stacked'], { axis: 0n, new_axis: 1n }),
      node('ConcatFromSequence', ['parts'], ['joined'], { axis: 0n }),
    ];
    expect(shapesOf(nodes, ['part', 'row', 'left', 'stacked', 'joined'])).toEqual([
      [null, '4'],
      ['4'],
      [null, '4'],
      [null, '4'],
      [null, '4'],
    ]);
  });

  it('may be inputs of the model: what it declares of them counts but for symbols', () => {
    const type = { kind: 'sequence' as const, element: valueInfo('', ['N', 3]).type! };
    const at = node('SequenceAt', ['list', 'zero'], ['y']);
    expect(shapesOf([at], ['y'], { inputs: [{ name: 'list', type }] })).toEqual([[null, '3']]);
  });

  it('grow in a loop', () => {
    const body = graph({
      nodes: [
        node('Identity', ['on'], ['next']),
        node('Relu', ['x'], ['item']),
        node('SequenceInsert', ['list', 'item'], ['longer']),
      ],
      inputs: named('turn', 'on', 'list'),
      outputs: named('next', 'longer'),
    });
    const nodes = [
      node('SequenceEmpty', [], ['none']),
      node('Loop', ['six', '', 'none'], ['all'], { body }),
      node('ConcatFromSequence', ['all'], ['y'], { axis: 0n, new_axis: 1n }),
    ];
    expect(shapesOf(nodes, ['y'])).toEqual([[null, 'N', '4']]);
  });

  it('are what both branches give', () => {
    const branch = (given: Node) => graph({ nodes: [given], outputs: named(given.outputs[0]!) });
    const choice = node('If', ['go'], ['list'], {
      then_branch: branch(node('SequenceConstruct', ['x', 'x'], ['a'])),
      else_branch: branch(node('SequenceConstruct', ['x'], ['b'])),
    });
    expect(shapesOf([choice, node('SequenceAt', ['list', 'zero'], ['y'])], ['y'])).toEqual([['N', '4']]);
  });
});

describe('SequenceMap', () => {
  const body = graph({
    nodes: [node('Concat', ['item', 'other'], ['both'], { axis: 1n })],
    inputs: named('item', 'other'),
    outputs: named('both'),
  });
  const at = (position: string, name: string) => node('SequenceAt', ['mapped', position], [name]);

  it('follows its body for each place', () => {
    const nodes = [
      node('SequenceConstruct', ['x', 'wide'], ['list']),
      node('Concat', ['x', 'x'], ['wide'], { axis: 1n }),
      node('SequenceMap', ['list', 'x'], ['mapped'], { body }),
      at('zero', 'first'),
      node('ConcatFromSequence', ['mapped'], ['y'], { axis: 1n }),
    ];
    expect(shapesOf([nodes[1]!, nodes[0]!, ...nodes.slice(2)], ['first', 'y'])).toEqual([
      ['N', '8'],
      ['N', '20'],
    ]);
  });

  it('follows it once where nobody knows how often it runs', () => {
    const nodes = [parts, node('SequenceMap', ['parts', 'x'], ['mapped'], { body }), at('zero', 'y')];
    expect(shapesOf(nodes, ['y'])).toEqual([['N', '8']]);
  });
});
