/**
 * Compares inferred types and shapes inside the bodies of Loop and Scan, and of sequences, with a run. Every value of a
 * body becomes an additional result, which the outer node collects iteration by iteration. Constants that are folded
 * with their help are compared with a run too.
 */
import { describe, expect, it } from 'vitest';
import type { Feeds } from '../data/feeds';
import { encodeModel, joinParts } from './codec/encode';
import { DataType, dataTypeName } from './data-type';
import type { Graph, Model, Node, ValueInfo } from './graph';
import { inferModel, type InferredModel } from './infer';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from './testing/build';
import { passContext } from '../passes/testing/pass-context';
import { simplify } from '../passes/simplify/simplify';
import { runModelInNode } from '../../runtime/testing/run-model';
import { createInProcessInference } from '../../runtime/node/testing/in-process-inference';

const [rows, columns, turns] = [3, 4, 5];
const feeds: Feeds = {
  x: {
    dtype: 'float32',
    dims: [rows, columns],
    data: Float32Array.from({ length: 12 }, (_, index) => Math.sin(index)),
  },
};

const initializers = [
  int64Tensor('turns', [], [turns]),
  int64Tensor('zero', [], [0]),
  int64Tensor('one', [1], [1]),
  int64Tensor('twoRows', [], [2]),
  int64Tensor('flat', [2], [1, -1]),
  floatTensor(
    'steps',
    [columns, turns],
    Array.from({ length: columns * turns }, (_, index) => index / 9),
  ),
  floatTensor(
    'weight',
    [columns, 6],
    Array.from({ length: 24 }, (_, index) => Math.cos(index)),
  ),
  floatTensor(
    'state',
    [2, columns],
    Array.from({ length: 8 }, (_, index) => index / 8),
  ),
];

function modelOf(nodes: readonly Node[], outputs: readonly ValueInfo[]): Model {
  return model(graph({ nodes, initializers, inputs: [valueInfo('x', ['N', columns])], outputs }));
}

const known = (inferred: InferredModel, scope: Graph, name: string) => {
  const { elementType, shape } = inferred.value(scope, name) ?? {};
  return { name, dtype: dataTypeName(elementType ?? 0), dims: shape };
};

/** Work of several kinds on a carried state of 2×4, and on the input of the model, which the body reads from outside. */
const work: readonly Node[] = [
  node('Add', ['state_in', 'step'], ['sum']),
  node('MatMul', ['sum', 'weight'], ['wide']),
  node('Softmax', ['wide'], ['shares'], { axis: 1n }),
  node('ReduceMax', ['shares'], ['largest'], { axes: [1n], keepdims: 0n }),
  node('Shape', ['x'], ['size']),
  node('Gather', ['size', 'zero'], ['height']),
  node('ArgMax', ['x'], ['place'], { axis: 1n }),
  node('Transpose', ['x'], ['turned'], { perm: [1n, 0n] }),
  node('Reshape', ['sum', 'flat'], ['line']),
  node('Greater', ['sum', 'state_in'], ['rose']),
  node('Mul', ['sum', 'sum'], ['state_out']),
];
const inside = work.flatMap(({ outputs }) => outputs);
const collected = inside.map((name) => `all_${name}`);

/** Returns the same body with all of its values collected; `lead` holds the names of the outputs before them. */
const collecting = (body: Graph, lead: readonly string[]): Graph => ({
  ...body,
  outputs: [...lead, ...inside].map((name) => ({ name })),
});

async function expectAsRun(looping: Node): Promise<void> {
  const { graph: main, ...rest } = modelOf([looping], []);
  const types = inferModel({ ...rest, graph: main });
  const outputs = collected.map((name) => valueInfo(name, null, types.value(main!, name)?.elementType));
  const complete = { ...rest, graph: { ...main!, outputs } };
  const results = await runModelInNode(joinParts(encodeModel(complete)), feeds, { graphOptimizationLevel: 'disabled' });
  const inferred = inferModel(complete, { dimensions: { N: rows } });
  const body = looping.attributes.find(({ g }) => g !== undefined)!.g!;
  for (const name of inside) {
    const { dtype, dims } = results[`all_${name}`]!;
    expect(dims[0]).toBe(turns);
    expect(known(inferred, body, name)).toEqual({ name, dtype, dims: dims.slice(1) });
    expect(known(inferred, complete.graph, `all_${name}`)).toEqual({ name: `all_${name}`, dtype, dims });
  }
}

describe('values inside bodies', () => {
  it('of a Loop are those of a run', async () => {
    const body = graph({
      nodes: [
        node('Identity', ['on'], ['next']),
        node('Unsqueeze', ['turn', 'one_'], ['at']),
        node('Cast', ['at'], ['step'], { to: 1n }),
        ...work,
      ],
      initializers: [int64Tensor('one_', [1], [0])],
      inputs: [valueInfo('turn', [], DataType.int64), valueInfo('on', [], DataType.bool), valueInfo('state_in', null)],
    });
    const outputs = ['last', ...collected];
    await expectAsRun(node('Loop', ['turns', '', 'state'], outputs, { body: collecting(body, ['next', 'state_out']) }));
  });

  it('of a Scan are those of a run', async () => {
    const body = graph({ nodes: work, inputs: [valueInfo('state_in', null), valueInfo('step', null)] });
    const attributes = { num_scan_inputs: 1n, scan_input_axes: [1n], body: collecting(body, ['state_out']) };
    await expectAsRun(node('Scan', ['state', 'steps'], ['last', ...collected], attributes));
  });
});

describe('sequence contents', () => {
  const body = graph({
    nodes: [node('MatMul', ['item', 'weight'], ['product']), node('Shape', ['item'], ['size'])],
    inputs: [valueInfo('item', null)],
    outputs: [valueInfo('product', null), valueInfo('size', null, DataType.int64)],
  });
  const nodes = [
    node('SplitToSequence', ['x', 'twoRows'], ['parts'], { axis: 0n }),
    node('SequenceMap', ['parts'], ['products', 'sizes'], { body }),
    node('SequenceAt', ['products', 'zero'], ['product_0']),
    node('SequenceAt', ['sizes', 'zero'], ['size_0']),
    node('ConcatFromSequence', ['products'], ['joined'], { axis: 0n }),
    node('ConcatFromSequence', ['sizes'], ['table'], { axis: 0n, new_axis: 1n }),
  ];
  const names = ['product_0', 'size_0', 'joined', 'table'];

  it.each<Readonly<Record<string, number>>>([{}, { N: rows }])(
    'is that of a run, with sizes %o',
    async (dimensions) => {
      const types = new Map([
        ['size_0', DataType.int64],
        ['table', DataType.int64],
      ]);
      const complete = modelOf(
        nodes,
        names.map((name) => valueInfo(name, null, types.get(name) ?? DataType.float32)),
      );
      const results = await runModelInNode(joinParts(encodeModel(complete)), feeds, {
        graphOptimizationLevel: 'disabled',
      });
      const inferred = inferModel(complete, { dimensions });
      const isFixed = dimensions.N !== undefined;
      for (const name of names) {
        const { dtype, dims } = results[name]!;
        const value = known(inferred, complete.graph!, name);
        expect({ ...value, dims: value.dims?.map((size, axis) => (isFixed ? size : (size ?? dims[axis]))) }).toEqual({
          name,
          dtype,
          dims,
        });
      }
      const open = names.map(
        (name) => known(inferred, complete.graph!, name).dims!.filter((size) => size === null).length,
      );
      expect(open).toEqual(isFixed ? [0, 0, 0, 0] : [1, 0, 1, 1]);
      // The parts have two rows and one: inside, only their columns are known.
      const sizes = results.table!.data as BigInt64Array;
      expect([...sizes].map(Number)).toEqual([2, columns, 1, columns]);
      expect(known(inferred, body, 'item').dims).toEqual([null, columns]);
      expect(known(inferred, body, 'product').dims).toEqual([null, 6]);
    },
  );
});

async function expectSameSimplified(original: Model, given: Feeds): Promise<void> {
  const context = passContext({ inference: createInProcessInference() });
  const options = { skip: [], maxFoldedBytes: 4096, removeInputs: false };
  const { model: simplified } = await simplify.run(original, options, context);
  expect(await run(simplified, given)).toEqual(await run(original, given));
}

const run = (original: Model, given: Feeds) =>
  runModelInNode(joinParts(encodeModel(original)), given, { graphOptimizationLevel: 'disabled' });

const sizesOf = (name: string, as: string, start = 0n) => node('Shape', [name], [as], { start });
const int64s = (...names: readonly string[]) => names.map((name) => valueInfo(name, null, DataType.int64));
const floats = (...names: readonly string[]) => names.map((name) => valueInfo(name, null));

describe('folded constants inside bodies', () => {
  it('holds for every place of a SequenceMap', async () => {
    const body = graph({
      nodes: [
        sizesOf('item', 'size', 1n),
        node('Cast', ['size'], ['number'], { to: 1n }),
        node('ReduceSum', ['number'], ['sum'], { keepdims: 0n }),
        node('Add', ['item', 'sum'], ['more']),
      ],
      inputs: floats('item'),
      outputs: floats('more'),
    });
    const nodes = [
      node('Concat', ['x', 'x'], ['wide'], { axis: 1n }),
      node('SequenceConstruct', ['x', 'wide'], ['list']),
      node('SequenceMap', ['list'], ['mapped'], { body }),
      node('SequenceAt', ['mapped', 'zero'], ['first']),
      node('ConcatFromSequence', ['mapped'], ['all'], { axis: 1n }),
    ];
    await expectSameSimplified(modelOf(nodes, floats('first', 'all')), feeds);
  });

  it('holds for every turn of a Loop', async () => {
    const body = graph({
      // Both values begin as x and grow: `now` from the first turn on, `before` a turn later.
      nodes: [
        node('Identity', ['on'], ['next']),
        node('Concat', ['now', 'x'], ['grown'], { axis: 1n }),
        node('Identity', ['now'], ['handed']),
        sizesOf('before', 'width', 1n),
        node('Add', ['width', 'turn'], ['size']),
      ],
      inputs: [valueInfo('turn', [], DataType.int64), valueInfo('on', [], DataType.bool), ...floats('before', 'now')],
      outputs: [valueInfo('next', [], DataType.bool), ...floats('handed', 'grown'), ...int64s('size')],
    });
    const nodes = [
      node('Loop', ['turns', '', 'x', 'x'], ['p', 'q', 'sizes'], { body }),
      sizesOf('p', 'last', 1n),
      node('Add', ['last', 'one'], ['outside']),
    ];
    await expectSameSimplified(modelOf(nodes, [...floats('p'), ...int64s('sizes', 'outside')]), feeds);
  });

  it.each([0, 1])('holds if a condition is fed to a Loop: %i', async (fed) => {
    const body = graph({
      nodes: [node('Identity', ['on'], ['next']), node('Relu', ['x'], ['y'])],
      inputs: [valueInfo('turn', [], DataType.int64), valueInfo('on', [], DataType.bool)],
      outputs: [valueInfo('next', [], DataType.bool), valueInfo('y', [rows, columns])],
    });
    const nodes = [
      node('Loop', ['turns', 'go'], ['ys'], { body }),
      sizesOf('ys', 'size'),
      node('Gather', ['size', 'zero'], ['count']),
      node('Add', ['count', 'twoRows'], ['outside']),
    ];
    const { graph: main, ...rest } = modelOf(nodes, int64s('outside'));
    const inputs = [...main!.inputs, valueInfo('go', [], DataType.bool)];
    const given: Feeds = { ...feeds, go: { dtype: 'bool', dims: [], data: Uint8Array.of(fed) } };
    await expectSameSimplified({ ...rest, graph: { ...main!, inputs } }, given);
  });
});

describe('sizes in float32, folded', () => {
  it('hold if a sum of sizes has more digits than float32', async () => {
    const length = 16_385;
    const original = model(
      graph({
        inputs: [valueInfo('x', ['N']), valueInfo('k', [1], DataType.int64)],
        initializers: [int64Tensor('many', [1], [1024]), int64Tensor('one', [1], [1])],
        nodes: [
          sizesOf('x', 'size'),
          node('Mul', ['size', 'many'], ['product']),
          node('Add', ['product', 'one'], ['sum']),
          node('Cast', ['sum'], ['rounded'], { to: 1n }),
          node('Cast', ['rounded'], ['whole'], { to: 7n }),
          node('Sub', ['whole', 'sum'], ['lost']),
          node('Add', ['lost', 'k'], ['y']),
        ],
        outputs: int64s('y'),
      }),
    );
    const x = { dtype: 'float32' as const, dims: [length], data: new Float32Array(length) };
    const k = { dtype: 'int64' as const, dims: [1], data: BigInt64Array.of(0n) };
    await expectSameSimplified(original, { x, k });
  });
});
