import { describe, expect, it } from 'vitest';
import { checkModel } from '../check';
import type { Model, Node, Tensor } from '../graph';
import { inferModel } from '../infer';
import { elementCount } from '../tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../testing/build';
import { channelGroups } from './channel-groups';
import { coupleChannels } from './couple-channels';
import { removeChannels } from './remove-channels';
import { productOf } from '../../product-of';

const go = () => Promise.resolve();

function zeros(name: string, ...dims: number[]): Tensor {
  const count = productOf(dims);
  return floatTensor(name, dims, new Float32Array(count));
}

function network(
  nodes: readonly Node[],
  initializers: readonly Tensor[],
  options: Parameters<typeof model>[1] = {},
): Model {
  return model(
    graph({
      nodes,
      initializers,
      inputs: [valueInfo('x', ['N', 3, 8, 8])],
      outputs: [valueInfo('y', null)],
    }),
    options,
  );
}

const conv = (name: string, input: string, weight: string, attributes = {}) =>
  node('Conv', [input, weight], [name], attributes, { name });

function groupsOf(original: Model) {
  const { groups, locked } = channelGroups(coupleChannels(original, inferModel(original)));
  return {
    groups: groups.map(({ id, units, layers }) => `${id} ${units.length}: ${layers.map(({ path }) => path).join(' ')}`),
    locked: locked.map(({ path, channels, lock }) => `${path} ${channels}: ${lock.path}: ${lock.reason}`),
  };
}

/** Removes the last channel of every group. */
async function withoutLast(original: Model): Promise<Model> {
  const coupled = coupleChannels(original, inferModel(original));
  const { groups } = channelGroups(coupled);
  return removeChannels(original, coupled, new Set(groups.map(({ units }) => units.at(-1)!)), go);
}

const sizesOf = ({ graph: main }: Model) =>
  Object.fromEntries(main!.initializers.map(({ name, dims }) => [name, dims.map(Number)]));

describe('coupleChannels', () => {
  const head = [zeros('w3', 2, 6, 1, 1)];

  it('ties the channels of a residual sum, and leaves those within the block by themselves', () => {
    const original = network(
      [
        conv('stem', 'x', 'w0'),
        conv('inner', 'stem', 'w1'),
        conv('outer', 'inner', 'w2'),
        node('Add', ['stem', 'outer'], ['sum']),
        conv('y', 'sum', 'w3'),
      ],
      [zeros('w0', 6, 3, 1, 1), zeros('w1', 4, 6, 1, 1), zeros('w2', 6, 4, 1, 1), ...head],
    );
    expect(groupsOf(original)).toEqual({
      groups: ['graph/stem 6: graph/stem graph/inner graph/outer graph/y', 'graph/inner 4: graph/inner graph/outer'],
      locked: ['graph/y 2: graph/y: It is an output of the model.'],
    });
  });

  it('leaves channels alone that a sum of before opset 7 spreads a list over', () => {
    const spread = node('Add', ['stem', 'bias'], ['sum'], { axis: 1n, broadcast: 1n });
    const nodes = [conv('stem', 'x', 'w0', { pads: [0n, 0n, 0n, 0n] }), spread, conv('y', 'sum', 'w1')];
    const weights = [zeros('w0', 8, 3, 1, 1), zeros('bias', 8), zeros('w1', 2, 8, 1, 1)];
    const { groups, locked } = groupsOf(network(nodes, weights, { opset: 6 }));
    expect(groups).toEqual([]);
    expect(locked[0]).toContain('as operators did before opset 7');
    expect(groupsOf(network(nodes.with(1, { ...spread, attributes: [] }), weights)).groups).toHaveLength(1);
  });

  it('takes a depthwise convolution along, with all filters of a channel, and one of many groups', async () => {
    const original = network(
      [
        conv('stem', 'x', 'w0'),
        conv('deep', 'stem', 'w1', { group: 4n }),
        conv('wide', 'deep', 'w2', { group: 4n }),
        conv('y', 'wide', 'w3'),
      ],
      [zeros('w0', 4, 3, 1, 1), zeros('w1', 8, 1, 3, 3), zeros('w2', 8, 2, 1, 1), zeros('w3', 2, 8, 1, 1)],
    );
    expect(groupsOf(original).groups).toEqual(['graph/stem 4: graph/stem graph/deep graph/wide graph/y']);
    const pruned = await withoutLast(original);
    expect(sizesOf(pruned)).toEqual({ w0: [3, 3, 1, 1], w1: [6, 1, 3, 3], w2: [6, 2, 1, 1], w3: [2, 6, 1, 1] });
    const groups = pruned.graph!.nodes.map(({ attributes }) => attributes.find(({ name }) => name === 'group')?.i);
    expect(groups).toEqual([undefined, 3n, 3n, undefined]);
    expect(checkModel(pruned)).toEqual([]);
  });

  it('takes channels at the same places of few wide groups', async () => {
    const weights = [zeros('w0', 8, 3, 1, 1), zeros('w1', 6, 4, 1, 1), ...head];
    const nodes = [conv('stem', 'x', 'w0'), conv('wide', 'stem', 'w1', { group: 2n }), conv('y', 'wide', 'w3')];
    const original = network(nodes, weights);
    expect(groupsOf(original).groups).toEqual([
      'graph/stem 4: graph/stem graph/wide',
      'graph/wide 3: graph/wide graph/y',
    ]);
    const pruned = await withoutLast(original);
    expect(sizesOf(pruned)).toEqual({ w0: [6, 3, 1, 1], w1: [4, 3, 1, 1], w3: [2, 4, 1, 1] });
    expect(checkModel(pruned)).toEqual([]);
  });

  it('names the reason for locked channels: a comparing operator, a missing rule, a body', () => {
    const inner = graph({ nodes: [node('Identity', ['c'], ['inner'])], outputs: [valueInfo('inner', null)] });
    const original = network(
      [
        conv('a', 'x', 'w0'),
        node('Softmax', ['a'], ['soft'], { axis: 1n }, { name: 'soft' }),
        conv('b', 'soft', 'w1'),
        node('NobodyKnows', ['b'], ['u'], {}, { name: 'unknown', domain: 'example' }),
        conv('c', 'x', 'w0c'),
        node('If', ['condition'], ['picked'], { then_branch: inner, else_branch: inner }, { name: 'choice' }),
        node('Add', ['u', 'picked'], ['y']),
      ],
      [zeros('w0', 6, 3, 1, 1), zeros('w1', 6, 6, 1, 1), zeros('w0c', 6, 3, 1, 1)],
    );
    expect(groupsOf(original)).toEqual({
      groups: [],
      locked: [
        'graph/a 6: graph/soft: Softmax compares all of them with each other.',
        'graph/b 6: graph/unknown: Pareto does not know which channels of NobodyKnows belong together.',
        'graph/c 6: graph/choice: Pareto does not know which channels of If belong together.',
      ],
    });
  });

  it('locks only the channels that are joined with those of an input', () => {
    const original = network(
      [conv('a', 'x', 'w0'), node('Concat', ['x', 'a'], ['both'], { axis: 1n }), conv('y', 'both', 'w1')],
      [zeros('w0', 4, 3, 1, 1), zeros('w1', 2, 7, 1, 1)],
    );
    expect(groupsOf(original).groups).toEqual(['graph/a 4: graph/a graph/y']);
  });

  it('keeps heads of attention together across query, key and value', () => {
    const project = (name: string, perm: readonly bigint[]) => [
      node('MatMul', ['x2', `w_${name}`], [name], {}, { name }),
      node('Reshape', [name, 'split'], [`${name}_split`]),
      node('Transpose', [`${name}_split`], [`${name}_heads`], { perm }),
    ];
    const original = model(
      graph({
        nodes: [
          ...project('query', [0n, 2n, 1n, 3n]),
          ...project('key', [0n, 2n, 3n, 1n]),
          ...project('value', [0n, 2n, 1n, 3n]),
          node('MatMul', ['query_heads', 'key_heads'], ['scores']),
          node('Softmax', ['scores'], ['shares'], { axis: -1n }),
          node('MatMul', ['shares', 'value_heads'], ['mixed']),
          node('Transpose', ['mixed'], ['turned'], { perm: [0n, 2n, 1n, 3n] }),
          node('Reshape', ['turned', 'join'], ['joined']),
          node('MatMul', ['joined', 'w_output'], ['y'], {}, { name: 'output' }),
        ],
        initializers: [
          ...['query', 'key', 'value', 'output'].map((name) => zeros(`w_${name}`, 12, 12)),
          int64Tensor('split', [4], [-1, 5, 3, 4]),
          int64Tensor('join', [3], [-1, 5, 12]),
        ],
        inputs: [valueInfo('x2', ['N', 5, 12])],
        outputs: [valueInfo('y', ['N', 5, 12])],
      }),
    );
    expect(groupsOf(original).groups).toEqual(['graph/query 3: graph/query graph/key graph/value graph/output']);
  });

  it('takes a unit of a recurrent layer along with a row of each gate, in both directions', async () => {
    const nodes = [
      node('GRU', ['x', 'w', 'r', 'b'], ['all'], { hidden_size: 4n, direction: 'bidirectional' }, { name: 'gru' }),
      node('Transpose', ['all'], ['turned'], { perm: [0n, 2n, 1n, 3n] }),
      node('Reshape', ['turned', 'shape'], ['joined']),
      node('MatMul', ['joined', 'w_output'], ['y'], {}, { name: 'output' }),
    ];
    const initializers = [
      ...[zeros('w', 2, 12, 6), zeros('r', 2, 12, 4), zeros('b', 2, 24), zeros('w_output', 8, 3)],
      int64Tensor('shape', [3], [0, 0, 8]),
    ];
    const ports = { inputs: [valueInfo('x', [5, 'N', 6])], outputs: [valueInfo('y', [5, 'N', 3])] };
    const original = model(graph({ nodes, initializers, ...ports }));
    expect(groupsOf(original).groups).toEqual(['graph/gru 4: graph/gru graph/gru graph/output']);
    const pruned = await withoutLast(original);
    expect(checkModel(pruned)).toEqual([]);
    expect(sizesOf(pruned)).toMatchObject({ w: [2, 9, 6], r: [2, 9, 3], b: [2, 18], w_output: [6, 3] });
  });
});

describe('removeChannels', () => {
  const chain = () =>
    network(
      [
        conv('a', 'x', 'w0'),
        node('Flatten', ['a'], ['flat']),
        node('Gemm', ['flat', 'w1'], ['y'], { transB: 1n }, { name: 'head' }),
      ],
      [zeros('w0', 4, 3, 1, 1), zeros('w1', 2, 256)],
    );

  it('removes the columns of a flattened channel from the reading layer', async () => {
    expect(sizesOf(await withoutLast(chain()))).toEqual({ w0: [3, 3, 1, 1], w1: [2, 192] });
  });

  it('leaves the original, unaffected tensors and names unchanged', async () => {
    const original = chain();
    const before = original.graph!.initializers.map(elementCount);
    const pruned = await withoutLast(original);
    expect(original.graph!.initializers.map(elementCount)).toEqual(before);
    expect(pruned.graph!.nodes).toEqual(original.graph!.nodes);
    const coupled = coupleChannels(original, inferModel(original));
    const same = await removeChannels(original, coupled, new Set(), go);
    expect(same.graph!.initializers[0]).toBe(original.graph!.initializers[0]);
  });

  it('follows sizes into inputs of old files, value descriptions, shapes in constants and calculated ones', async () => {
    const original = network(
      [
        conv('a', 'x', 'w0'),
        node('Shape', ['a'], ['sizes']),
        node('Slice', ['sizes', 'zero', 'one'], ['batch']),
        node('Concat', ['batch', 'rest'], ['target'], { axis: 0n }),
        node('Reshape', ['a', 'target'], ['flat']),
        node('Gemm', ['flat', 'w1'], ['y'], { transB: 1n }, { name: 'head' }),
      ],
      [
        zeros('w0', 4, 3, 1, 1),
        zeros('w1', 2, 256),
        int64Tensor('zero', [1], [0]),
        int64Tensor('one', [1], [1]),
        int64Tensor('rest', [1], [256]),
      ],
      { irVersion: 3n },
    );
    const listed = original.graph!.initializers.map(({ name, dims, dataType }) =>
      valueInfo(name!, dims.map(Number), dataType as 1),
    );
    const old: Model = {
      ...original,
      graph: {
        ...original.graph!,
        inputs: [...original.graph!.inputs, ...listed],
        valueInfos: [valueInfo('a', ['N', 4, 8, 8]), valueInfo('sizes', [4], 7)],
      },
    };
    const pruned = await withoutLast(old);
    expect(checkModel(pruned)).toEqual([]);
    expect(pruned.graph!.inputs.find(({ name }) => name === 'w1')).toEqual(valueInfo('w1', [2, 192]));
    expect(pruned.graph!.valueInfos.map(({ name }) => name)).toEqual(['sizes']);
    expect(inferModel(pruned).value(pruned.graph!, 'target')?.content?.[1]).toBe(192);
  });
});

describe('sizes that a graph calculates', () => {
  const [batch, told] = ['batch', 'told'];
  /** Channels of `a` laid out by a shape whose numbers come from that of `b`, which has as many. */
  const reshaped = (target: readonly string[], calculation: readonly Node[] = []) =>
    network(
      [
        ...[conv('a', 'x', 'w0'), conv('b', 'x', 'w1'), node('Shape', ['b'], ['shape'])],
        node('Slice', ['shape', 'zero', 'one'], [batch]),
        node('Gather', ['shape', 'one'], [told]),
        ...calculation,
        node('Concat', target, ['target'], { axis: 0n }),
        node('Reshape', ['a', 'target'], ['apart']),
        node('Flatten', ['apart'], ['row']),
        node('MatMul', ['row', 'w2'], ['product'], {}, { name: 'product' }),
        conv('c', 'b', 'w3'),
        ...[node('Flatten', ['c'], ['other']), node('Add', ['product', 'other'], ['y'])],
      ],
      [
        ...[zeros('w0', 8, 3, 1, 1), zeros('w1', 8, 3, 1, 1), zeros('w2', 512, 128), zeros('w3', 2, 8, 1, 1)],
        ...[int64Tensor('zero', [1], [0]), int64Tensor('one', [1], [1]), int64Tensor('two', [1], [2])],
        int64Tensor('four', [1], [4]),
        int64Tensor('rest', [1], [-1]),
      ],
    );
  const apartOf = (pruned: Model) => inferModel(pruned).value(pruned.graph!, 'apart')?.shape?.slice(1);

  it.each([
    ['told by a Shape node', reshaped([batch, told, 'rest']), [7, 64]],
    [
      'half of what one tells',
      reshaped([batch, 'half', 'two', 'rest'], [node('Div', [told, 'two'], ['half'])]),
      [4, 1, 64],
    ],
    ['written down beside one that is told', reshaped([batch, 'two', 'four', 'rest']), [2, 3, 64]],
  ])('go with the axis that they are the size of: %s', async (_, original, shape) => {
    const coupled = coupleChannels(original, inferModel(original));
    const { groups } = channelGroups(coupled);
    expect(groups.map(({ id }) => id)).toEqual(['graph/a', 'graph/b']);
    const pruned = await removeChannels(original, coupled, new Set(groups.map(({ units }) => units.at(-1)!)), go);
    expect(checkModel(pruned)).toEqual([]);
    expect(apartOf(pruned)).toEqual(shape);
  });

  it('stay unchanged if other nodes calculate with them', async () => {
    const scale = [node('Cast', [told], ['width'], { to: 1n }), node('Mul', ['b', 'width'], ['scaled'])];
    const original = reshaped([batch, 'rest'], scale);
    const scaled = {
      ...original,
      graph: {
        ...original.graph!,
        nodes: original.graph!.nodes.map((each) => (each.name === 'c' ? { ...each, inputs: ['scaled', 'w3'] } : each)),
      },
    };
    const pruned = await withoutLast(scaled);
    expect(inferModel(pruned).value(pruned.graph!, 'scaled')?.shape?.[1]).toBe(7);
    expect(inferModel(pruned).value(pruned.graph!, 'width')?.content).toEqual([8]);
  });

  it('leave channels free if the first or last axis settles the split', () => {
    const project = (name: string) => node('MatMul', ['x', `w_${name}`], [name], {}, { name });
    const nodes = [
      ...[project('query'), project('key'), node('Shape', ['x'], ['sizes']), node('Gather', ['sizes', 'one'], ['n'])],
      ...[node('Mul', ['n', 'three'], ['heads']), node('Concat', ['five', 'heads', 'four'], ['split'], { axis: 0n })],
      ...['query', 'key'].map((name) => node('Reshape', [name, 'split'], [`${name}_split`])),
      node('Transpose', ['query_split'], ['rows'], { perm: [1n, 0n, 2n] }),
      node('Transpose', ['key_split'], ['columns'], { perm: [1n, 2n, 0n] }),
      node('MatMul', ['rows', 'columns'], ['y']),
    ];
    const initializers = [
      ...[zeros('w_query', 12, 12), zeros('w_key', 12, 12), int64Tensor('one', [1], [1])],
      ...[int64Tensor('three', [1], [3]), int64Tensor('four', [1], [4]), int64Tensor('five', [1], [5])],
    ];
    const ports = { inputs: [valueInfo('x', [5, 'N', 12])], outputs: [valueInfo('y', null)] };
    // Heads stand beside the free batch: a place in each of them goes.
    expect(groupsOf(model(graph({ nodes, initializers, ...ports }))).groups).toEqual([
      'graph/query 4: graph/query graph/key',
    ]);
  });
});

describe('sizes that a file only names', () => {
  const shape = (name: string, ...sizes: bigint[]) => int64Tensor(name, [sizes.length], sizes);
  const constant = (...sizes: bigint[]) =>
    network([node('ConstantOfShape', ['s'], ['y'])], [shape('s', ...sizes)], { opset: 17 });

  it.each([
    ['a tensor of 2^40 rows', constant(2n ** 40n, 4n)],
    ['one of 4 axes of 2^31', constant(2n ** 31n, 2n ** 31n, 2n ** 31n, 2n ** 31n)],
    ['many axes that are long each', constant(...Array.from({ length: 64 }, () => 2n ** 18n))],
    [
      'a number that is repeated',
      network([node('Expand', ['w', 's'], ['y'])], [zeros('w', 1), shape('s', 2n ** 62n, -1n)]),
    ],
    [
      'sums that double forty times',
      network(
        Array.from({ length: 40 }, (_, at) => node('Concat', [`v${at}`, `v${at}`], [`v${at + 1}`], { axis: 0n })),
        [zeros('v0', 8)],
      ),
    ],
    [
      'blocks of nothing, and of more than there is',
      network(
        [
          node('DepthToSpace', ['w'], ['a'], { blocksize: 0n }),
          node('SpaceToDepth', ['w'], ['y'], { blocksize: 99999n }),
        ],
        [zeros('w', 1, 4, 2, 2)],
      ),
    ],
    [
      'axes that only one of two operands has',
      network([node('Concat', ['w', 'b'], ['y'], { axis: 1n })], [zeros('w', 4, 4), zeros('b', 4)]),
    ],
    [
      'recurrent weights that do not fit their size',
      network(
        [node('LSTM', ['w', 'w1', 'w2', 'b'], ['y'], { hidden_size: 99999999n })],
        [zeros('w', 4, 1, 4), zeros('w1', 1, 20, 4), zeros('w2', 1, 20, 6), zeros('b', 1, 7)],
      ),
    ],
    [
      'padding without an end',
      network([node('Pad', ['w', 's'], ['y'])], [zeros('w', 4), shape('s', 2n ** 40n, 2n ** 62n)]),
    ],
  ])('are no number of positions to count: %s', (_, original) => {
    const { space } = coupleChannels(original, inferModel(original));
    expect(space.count).toBeLessThan(2 ** 20);
  });
});
