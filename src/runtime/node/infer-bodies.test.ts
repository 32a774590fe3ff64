/**
 * Inferred types and shapes inside the bodies of Loop and Scan, and of what sequences hold, against a run: every value of a
 * body becomes one more result of it, which the node around collects turn by turn.
 */
import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { DataType, dataTypeName } from '../../engine/onnx/data-type';
import type { Graph, Model, Node, ValueInfo } from '../../engine/onnx/graph';
import { inferModel, type InferredModel } from '../../engine/onnx/infer';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { runModelInNode } from './run-model';

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

/** The same body with every value of it collected, `lead` being what it gives before. */
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

describe('what sequences hold', () => {
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
    },
  );
});
