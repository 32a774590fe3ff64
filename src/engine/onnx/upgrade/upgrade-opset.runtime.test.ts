/** Converted operators compute what the old ones did: both versions run in ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { DataType } from '../data-type';
import { encodeModel, joinParts } from '../codec/encode';
import type { Graph, Model, Node } from '../graph';
import { float32ToFloat16 } from '../half-float';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../testing/build';
import { upgradeOpset } from './upgrade-opset';
import { runModelInNode } from '../../../runtime/testing/run-model';

const dims = [1, 2, 3, 4];
const data = Float32Array.from({ length: 24 }, (_, index) => Math.sin(index * 1.7) * 5);
const image = [valueInfo('x', dims)];
const checkpoint = () => Promise.resolve();

function modelOf(entry: Node, opset: number, parts: Partial<Graph> = {}, type: number = DataType.float32): Model {
  const outputs = entry.outputs.map((name, index) => valueInfo(name, null, index === 1 ? DataType.int64 : type));
  return model(graph({ nodes: [entry], inputs: image, outputs, ...parts }), { opset, irVersion: 4n });
}

async function upgraded(original: Model): Promise<Model> {
  const result = await upgradeOpset(original, 11n, checkpoint);
  if (result.kind === 'refused') throw new Error(result.reason);
  expect(result.model.opsetImports[0]!.version).toBe(11n);
  return result.model;
}

const resize = { mode: 'nearest' };
const scales = [floatTensor('scales', [4], [1, 1, 2.5, 1.5])];
const batchNorm = ['scale', 'bias', 'mean', 'variance'].map((name, at) => floatTensor(name, [2], [at + 1, at + 2]));
const cases: readonly { readonly label: string; readonly original: Model }[] = [
  { label: 'Clip', original: modelOf(node('Clip', ['x'], ['y'], { min: -1, max: 2 }), 9) },
  { label: 'Clip from below', original: modelOf(node('Clip', ['x'], ['y'], { min: 0.5 }), 9) },
  { label: 'Clip from above', original: modelOf(node('Clip', ['x'], ['y'], { max: 0.5 }), 7) },
  { label: 'Clip without bounds', original: modelOf(node('Clip', ['x'], ['y']), 10) },
  {
    label: 'Pad',
    original: modelOf(node('Pad', ['x'], ['y'], { pads: [0n, 0n, 1n, 2n, 0n, 0n, 0n, 1n], value: 3 }), 9),
  },
  {
    label: 'Pad by reflection',
    original: modelOf(node('Pad', ['x'], ['y'], { pads: [0n, 0n, 1n, 1n, 0n, 0n, 1n, 1n], mode: 'reflect' }), 10),
  },
  {
    label: 'Slice',
    original: modelOf(node('Slice', ['x'], ['y'], { axes: [2n, 3n], starts: [1n, 0n], ends: [3n, -1n] }), 9),
  },
  {
    label: 'Slice of the first axes',
    original: modelOf(node('Slice', ['x'], ['y'], { starts: [0n, 1n], ends: [1n, 2n] }), 8),
  },
  { label: 'TopK', original: modelOf(node('TopK', ['x'], ['y', 'at'], { k: 2n }), 9) },
  {
    label: 'Upsample',
    original: modelOf(node('Upsample', ['x', 'scales'], ['y'], resize), 9, { initializers: scales }),
  },
  {
    label: 'Upsample with an attribute',
    original: modelOf(node('Upsample', ['x'], ['y'], { ...resize, scales: [1, 1, 2, 2] }), 8),
  },
  {
    label: 'Upsample, linear',
    original: modelOf(node('Upsample', ['x', 'scales'], ['y'], { mode: 'linear' }), 9, { initializers: scales }),
  },
  { label: 'Resize', original: modelOf(node('Resize', ['x', 'scales'], ['y'], resize), 10, { initializers: scales }) },
  {
    label: 'Resize, linear',
    original: modelOf(node('Resize', ['x', 'scales'], ['y'], { mode: 'linear' }), 10, { initializers: scales }),
  },
  {
    label: 'Resize to less, nearest',
    original: modelOf(node('Resize', ['x', 'smaller'], ['y'], resize), 10, {
      initializers: [floatTensor('smaller', [4], [1, 1, 0.7, 0.6])],
    }),
  },
  { label: 'Dropout', original: modelOf(node('Dropout', ['x'], ['y'], { ratio: 0.5 }), 9) },
  {
    label: 'BatchNormalization',
    original: modelOf(
      node('BatchNormalization', ['x', 'scale', 'bias', 'mean', 'variance'], ['y'], { spatial: 1n }),
      8,
      { initializers: batchNorm },
    ),
  },
  {
    label: 'Scatter',
    original: modelOf(node('Scatter', ['x', 'at', 'new'], ['y'], { axis: 3n }), 9, {
      initializers: [int64Tensor('at', [1, 1, 1, 2], [3, 0]), floatTensor('new', [1, 1, 1, 2], [7, 8])],
    }),
  },
];

describe('upgradeOpset', () => {
  it.each(cases)('$label computes the same', async ({ original }) => {
    const feeds = { x: { dtype: 'float32', dims, data } };
    const expected = await runModelInNode(joinParts(encodeModel(original)), feeds);
    const actual = await runModelInNode(joinParts(encodeModel(await upgraded(original))), feeds);
    expect(actual).toEqual(expected);
  });

  it('clips float16 with float16 bounds', async () => {
    const float16 = modelOf(
      node('Clip', ['x'], ['y'], { min: -1, max: 2 }),
      9,
      { inputs: [valueInfo('x', dims, DataType.float16)] },
      DataType.float16,
    );
    const feeds = { x: { dtype: 'float16', dims, data: float32ToFloat16(data) } };
    const outputs = await runModelInNode(joinParts(encodeModel(await upgraded(float16))), feeds);
    expect(outputs.y!.data).toEqual(float32ToFloat16(data.map((value) => Math.min(Math.max(value, -1), 2))));
  });

  it('converts inside branches', async () => {
    const clip = node('Clip', ['x'], ['c'], { min: 0 });
    const branch = graph({ nodes: [clip], outputs: [valueInfo('c', dims)] });
    const result = await upgraded(modelOf(node('If', ['go'], ['y'], { then_branch: branch }), 10));
    expect(result.graph!.nodes[0]!.attributes[0]!.g!.nodes[0]!.inputs).toEqual(['x', 'c_min']);
  });

  it('converts older and newer functions, using the inputs of their calls', async () => {
    const functionOf = (name: string, nodes: readonly Node[], version: bigint) => ({
      ...{ name, domain: 'own', inputs: ['a'], outputs: ['b'], attributes: [], nodes, opsetImports: [{ version }] },
    });
    const calls = [
      node('Old', ['x'], ['h'], {}, { domain: 'own' }),
      node('Softmax', ['h'], ['s'], { axis: 2n }),
      node('New', ['s'], ['y'], {}, { domain: 'own' }),
    ];
    const original: Model = {
      ...model(graph({ nodes: calls, inputs: image, outputs: [valueInfo('y', null)] }), {
        irVersion: 8n,
        opsetImports: [{ version: 12n }, { domain: 'own', version: 1n }],
      }),
      functions: [
        functionOf('Old', [node('ReduceSum', ['a'], ['r'], { axes: [2n] }), node('Softmax', ['r'], ['b'])], 11n),
        functionOf('New', [node('ReduceMean', ['a'], ['b'], { axes: [3n] })], 12n),
      ],
    };
    const result = await upgradeOpset(original, 21n, checkpoint);
    if (result.kind === 'refused') throw new Error(result.reason);
    expect(result.model.functions).toEqual([]);
    const feeds = { x: { dtype: 'float32', dims, data } };
    const [before, after] = [original, result.model].map((entry) =>
      runModelInNode(joinParts(encodeModel(entry)), feeds),
    );
    expect((await after!).y).toEqual((await before!).y);
  });

  it.each([
    { label: 'too old', original: modelOf(node('Relu', ['x'], ['y']), 5), reason: 'operator set 5' },
    {
      label: 'too old beside a newer function',
      original: {
        ...modelOf(node('Relu', ['x'], ['y']), 5),
        functions: [
          {
            name: 'New',
            domain: 'own',
            inputs: ['a'],
            outputs: ['b'],
            attributes: [],
            nodes: [],
            opsetImports: [{ version: 9n }],
          },
        ],
      },
      reason: 'operator set 5',
    },
    { label: 'Scan', original: modelOf(node('Scan', ['x'], ['y']), 8), reason: 'graph/Scan_0' },
    { label: 'mask', original: modelOf(node('Dropout', ['x'], ['y', 'mask']), 9), reason: 'float mask' },
    { label: 'no scales', original: modelOf(node('Upsample', ['x'], ['y']), 8), reason: 'no scales' },
    {
      label: 'nearest of unknown scales',
      original: modelOf(node('Resize', ['x', 'x'], ['y'], resize), 10),
      reason: 'scales that are unknown',
    },
    {
      label: 'normalization by position',
      original: modelOf(node('BatchNormalization', ['x'], ['y'], { spatial: 0n }), 8),
      reason: 'spatial is 0',
    },
  ])('refuses with a reason: $label', async ({ original, reason }) => {
    const result = await upgradeOpset(original, 11n, checkpoint);
    expect(result).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) });
  });

  it('leaves a newer model alone', async () => {
    const newer = modelOf(node('Relu', ['x'], ['y']), 17);
    expect(await upgradeOpset(newer, 11n, checkpoint)).toEqual({
      kind: 'upgraded',
      model: newer,
      changes: [],
      nodes: [],
    });
  });
});
