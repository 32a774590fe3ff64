import { describe, expect, it } from 'vitest';
import { DataType } from './data-type';
import type { Graph, Node, ValueInfo } from './graph';
import { inferModel } from './infer';
import { textOfSize } from './size';
import { createTensor } from './tensor';
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

describe('sequences of unknown length', () => {
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

  it('may be model inputs, whose declared types count except for symbols', () => {
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

  it('combine the elements of both branches', () => {
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

  it('infers inside only facts that hold at every position and counts the work of each', () => {
    const nodes = [
      node('Concat', ['x', 'x'], ['wide'], { axis: 1n }),
      node('SequenceConstruct', ['x', 'wide'], ['list']),
      node('SequenceMap', ['list', 'x'], ['mapped'], { body }),
    ];
    const main = graph({ nodes, inputs: [valueInfo('x', [2, 4])] });
    const inferred = inferModel(model(main));
    expect(inferred.value(body, 'item')?.shape).toEqual([2, null]);
    expect(inferred.value(body, 'both')?.shape).toEqual([2, null]);
    // Each place reads its tensor and x, and writes them side by side: 2 × 8 and 2 × 12 floats there and back.
    expect(inferred.bytes(nodes[2]!)).toBe((16 + 24) * 2 * 4);
    expect(inferred.bytes(body.nodes[0]!)).toBeNull();
  });

  it('follows the body once if the number of runs is unknown', () => {
    const nodes = [parts, node('SequenceMap', ['parts', 'x'], ['mapped'], { body }), at('zero', 'y')];
    expect(shapesOf(nodes, ['y'])).toEqual([['N', '8']]);
  });
});

describe('Loop', () => {
  const longer = (name: string, out: string) => node('Concat', [name, 'x'], [out], { axis: 0n });
  const handedOn = (name: string, out: string) => node('Identity', [name], [out]);

  /** Carries `names`, each starting as x. */
  function looped(work: readonly Node[], names: readonly string[], start: readonly string[] = ['six', '']) {
    const body = graph({
      nodes: [handedOn('on', 'next'), ...work],
      inputs: named('turn', 'on', ...names),
      outputs: named('next', ...names.map((name) => `${name}_out`), 'x'),
    });
    return {
      body,
      loop: node('Loop', [...start, ...names.map(() => 'x')], [...names.map((n) => `last_${n}`), 'xs'], { body }),
    };
  }

  it('knows nothing of a size that changes turns after the first', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const work = [...names.slice(1).map((name, index) => handedOn(name, `${names[index]}_out`)), longer('e', 'e_out')];
    const { body, loop } = looped(work, names);
    expect(shapesOf([loop], ['last_a', 'last_e'])).toEqual([
      [null, '4'],
      [null, '4'],
    ]);
    const main = graph({
      nodes: [loop],
      inputs: [valueInfo('x', ['N', 4])],
      initializers: [int64Tensor('six', [], [6])],
    });
    const inferred = inferModel(model(main));
    for (const name of names) expect(inferred.value(body, name)?.shape?.[0]).toBeNull();
  });

  it('drops the shapes of an unusually long chain of passed values', () => {
    const names = Array.from({ length: 30 }, (_, index) => `v${index}`);
    const work = [...names.slice(1).map((name, index) => handedOn(name, `v${index}_out`)), longer('v29', 'v29_out')];
    expect(shapesOf([looped(work, names).loop], ['last_v0', 'last_v29', 'xs'])).toEqual([
      undefined,
      undefined,
      ['6', 'N', '4'],
    ]);
  });

  it.each([
    ['no condition', ['six', ''], '6'],
    ['a condition that is true', ['six', 'yes'], '6'],
    ['one that is false', ['six', 'no'], '0'],
    ['one that only a run knows', ['six', 'go'], null],
    ['one that only a run knows, and no turns', ['zero', 'go'], '0'],
    ['a number below zero', ['below', ''], '0'],
    ['as many turns as an axis is long', ['rows', ''], 'N'],
    ['a number that may be below zero', ['fewer', ''], null],
    ['a number without an end', ['endless', ''], null],
  ])('counts its turns with %s', (_what, start, turns) => {
    const { loop } = looped([handedOn('a', 'a_out')], ['a'], start);
    const truth = (name: string, value: number) =>
      createTensor({ name, dataType: DataType.bool, dims: [], bytes: Uint8Array.of(value) });
    const nodes = [
      node('Shape', ['x'], ['size']),
      node('Gather', ['size', 'zero'], ['rows']),
      node('Sub', ['rows', 'six'], ['fewer']),
      loop,
    ];
    const scalars = { zero: 0, six: 6, below: -1, endless: 2 ** 63 - 1024 };
    const initializers = Object.entries(scalars).map(([name, value]) => int64Tensor(name, [], [value]));
    const given = { initializers: [...initializers, truth('yes', 1), truth('no', 0)] };
    expect(shapesOf(nodes, ['xs'], given)).toEqual([[turns, 'N', '4']]);
  });

  it('does not count the turns of a body that asks for the end', () => {
    const body = graph({
      nodes: [node('Less', ['turn', 'six'], ['next'])],
      inputs: named('turn', 'on'),
      outputs: named('next', 'x'),
    });
    expect(shapesOf([node('Loop', ['six', ''], ['xs'], { body })], ['xs'])).toEqual([[null, 'N', '4']]);
  });
});

describe('Scan', () => {
  it('knows nothing of a size that changes turns after the first', () => {
    const body = graph({
      nodes: [
        node('Identity', ['late'], ['latest']),
        node('Identity', ['grown'], ['later']),
        node('Concat', ['grown', 'x'], ['growing'], { axis: 0n }),
      ],
      inputs: named('latest_in', 'late', 'grown', 'row'),
      outputs: named('latest', 'later', 'growing', 'latest_in'),
    });
    const scan = node('Scan', ['x', 'x', 'x', 'x'], ['p', 'q', 'r', 'all'], { body, num_scan_inputs: 1n });
    expect(shapesOf([scan], ['p', 'all'])).toEqual([
      [null, '4'],
      ['N', null, '4'],
    ]);
  });
});
