/** Operators of opset 6, which ONNX Runtime does not run, converted: their outputs against what the changelog of ONNX says. */
import { describe, expect, it } from 'vitest';
import { DataType } from '../data-type';
import { encodeModel, joinParts } from '../codec/encode';
import type { Graph, Model, Node, Tensor } from '../graph';
import { floatTensor, graph, model, node, valueInfo } from '../testing/build';
import { upgradeOpset } from './upgrade-opset';
import { runModelInNode } from '../../../runtime/testing/run-model';

const dims = [2, 2, 3];
const data = Float32Array.from([1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12]);

function modelOf(entry: Node, parts: Partial<Graph> = {}, type: number = DataType.float32): Model {
  const outputs = entry.outputs.map((name) => valueInfo(name, null, type));
  return model(graph({ nodes: [entry], inputs: [valueInfo('x', dims)], outputs, ...parts }), {
    opset: 6,
    irVersion: 4n,
  });
}

const checkpoint = () => Promise.resolve();

async function run(original: Model, target: bigint) {
  const result = await upgradeOpset(original, target, checkpoint);
  if (result.kind === 'refused') throw new Error(result.reason);
  const outputs = await runModelInNode(joinParts(encodeModel(result.model)), { x: { dtype: 'float32', dims, data } });
  return Array.from(outputs.y!.data as ArrayLike<number>);
}

const holding = (tensor: Tensor): Partial<Graph> => ({ initializers: [tensor] });
/** Position of an element along the first two axes. */
const first = (index: number) => Math.floor(index / 6);
const middle = (index: number) => Math.floor(index / 3) % 2;
const expected = (change: (value: number, index: number) => number) => Array.from(data, change);

const cases: readonly { readonly label: string; readonly original: Model; readonly outputs: readonly number[] }[] = [
  {
    label: 'Add from the axis in the middle',
    original: modelOf(
      node('Add', ['x', 'b'], ['y'], { broadcast: 1n, axis: 1n }),
      holding(floatTensor('b', [2], [10, 20])),
    ),
    outputs: expected((value, index) => value + [10, 20][middle(index)]!),
  },
  {
    label: 'Sub from the first axis, of a shape with an axis of size 1',
    original: modelOf(
      node('Sub', ['x', 'b'], ['y'], { broadcast: 1n, axis: 0n }),
      holding(floatTensor('b', [2, 1], [10, 20])),
    ),
    outputs: expected((value, index) => value - [10, 20][first(index)]!),
  },
  {
    label: 'Mul at the end, from an axis counted from there',
    original: modelOf(
      node('Mul', ['x', 'b'], ['y'], { broadcast: 1n, axis: -1n }),
      holding(floatTensor('b', [3], [1, 2, 3])),
    ),
    outputs: expected((value, index) => value * [1, 2, 3][index % 3]!),
  },
  {
    label: 'Div without an axis',
    original: modelOf(node('Div', ['x', 'b'], ['y'], { broadcast: 1n }), holding(floatTensor('b', [3], [1, 2, 4]))),
    outputs: expected((value, index) => value / [1, 2, 4][index % 3]!),
  },
  {
    label: 'PRelu with a slope for each channel',
    original: modelOf(node('PRelu', ['x', 'slope'], ['y']), holding(floatTensor('slope', [2], [0.5, 2]))),
    outputs: expected((value, index) => (value < 0 ? value * [0.5, 2][middle(index)]! : value)),
  },
  {
    label: 'PRelu with one slope',
    original: modelOf(node('PRelu', ['x', 'slope'], ['y']), holding(floatTensor('slope', [1], [0.5]))),
    outputs: expected((value) => (value < 0 ? value * 0.5 : value)),
  },
  {
    label: 'Dropout',
    original: modelOf(node('Dropout', ['x'], ['y'], { is_test: 1n, ratio: 0.5 })),
    outputs: expected((value) => value),
  },
];

describe.each([7n, 13n])('upgradeOpset from 6 to %s', (target) => {
  it.each(cases)('$label', async ({ original, outputs }) => {
    expect(await run(original, target)).toEqual(outputs);
  });

  it('Upsample with scales of height and width', async () => {
    const original = model(
      graph({
        nodes: [
          node('Unsqueeze', ['x'], ['picture'], { axes: [0n] }),
          node('Upsample', ['picture'], ['y'], { height_scale: 1, width_scale: 2, mode: 'nearest' }),
        ],
        inputs: [valueInfo('x', dims)],
        outputs: [valueInfo('y', null)],
      }),
      { opset: 6, irVersion: 4n },
    );
    expect(await run(original, target)).toEqual(Array.from(data).flatMap((value) => [value, value]));
  });

  it('Gemm with a bias that repeats', async () => {
    const weights = [floatTensor('w', [6, 1], [1, 1, 1, 1, 1, 1]), floatTensor('c', [1], [100])];
    const original = model(
      graph({
        nodes: [
          node('Flatten', ['x'], ['rows']),
          node('Gemm', ['rows', 'w', 'c'], ['y'], { broadcast: 1n, alpha: 1, beta: 1 }),
        ],
        inputs: [valueInfo('x', dims)],
        outputs: [valueInfo('y', null)],
        initializers: weights,
      }),
      { opset: 6, irVersion: 4n },
    );
    expect(await run(original, target)).toEqual([97, 97]);
  });

  it.each([
    {
      label: 'Dropout in training',
      entry: node('Dropout', ['x'], ['y']),
      reason: 'training mode',
      inputs: [valueInfo('x', dims)],
    },
    {
      label: 'an axis of values of unknown rank',
      entry: node('Add', ['x', 'x'], ['y'], { broadcast: 1n, axis: 1n }),
      reason: 'unknown rank',
      inputs: [valueInfo('x', null)],
    },
    { label: 'Upsample without scales', entry: node('Upsample', ['x'], ['y']), reason: 'no scales', inputs: [] },
  ])('refuses $label', async ({ entry, reason, inputs }) => {
    const result = await upgradeOpset(modelOf(entry, { inputs }), target, checkpoint);
    expect(result).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) });
  });
});
