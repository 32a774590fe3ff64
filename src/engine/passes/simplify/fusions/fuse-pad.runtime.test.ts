import { describe, expect, it } from 'vitest';
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor } from '../../../onnx/graph';
import { float32ToFloat16 } from '../../../onnx/half-float';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../../onnx/testing/build';
import { getAttributeInt, getAttributeInts } from '../../../onnx/traverse';
import { fusePad } from './fuse-pad';
import { operators, simplified } from '../testing/simplified.runtime';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => Math.sin(index * 1.7));
const half = (name: string, dims: readonly number[], values: readonly number[]) =>
  createTensor({ name, dataType: DataType.float16, dims, bytes: float32ToFloat16(Float32Array.from(values)) });

const build = (
  nodes: readonly Node[],
  initializers: readonly Tensor[] = [],
  { opset = 17, elementType = 1, outputs = ['y'] }: { opset?: number; elementType?: number; outputs?: string[] } = {},
) =>
  model(
    graph({
      nodes,
      initializers,
      inputs: [valueInfo('x', ['N', 2, 7, 6], elementType)],
      outputs: outputs.map((name) => valueInfo(name, [null, null, null, null], name === 'i' ? 7 : elementType)),
    }),
    { opset },
  );

const edges = int64Tensor('p', [8], [0, 0, 1, 2, 0, 0, 2, 0]);
const pad = node('Pad', ['x', 'p'], ['a']);
const weight = floatTensor('w', [3, 2, 3, 3], numbers(54));
const averagePool = (attributes: Parameters<typeof node>[3] = {}) =>
  node('AveragePool', ['a'], ['y'], { kernel_shape: [3n, 3n], strides: [2n, 1n], ...attributes });
const maxPool = (attributes: Parameters<typeof node>[3] = {}, outputs = ['y']) =>
  node('MaxPool', ['a'], outputs, { kernel_shape: [3n, 3n], ...attributes });
const padsOf = (nodes: readonly Node[]) => getAttributeInts(nodes.at(-1)!, 'pads');

describe('fuse-pad', () => {
  it.each<[string, Node, Node, readonly Tensor[], number, readonly number[]]>([
    ['Conv', pad, node('Conv', ['a', 'w'], ['y']), [edges, weight], 17, [1, 2, 2, 0]],
    [
      'Conv that pads already',
      pad,
      node('Conv', ['a', 'w'], ['y'], { pads: [0n, 1n, 1n, 1n], dilations: [2n, 1n] }),
      [edges, weight],
      17,
      [1, 3, 3, 1],
    ],
    [
      'Conv that pads nothing of itself',
      pad,
      node('Conv', ['a', 'w'], ['y'], { auto_pad: 'VALID' }),
      [edges, weight],
      17,
      [1, 2, 2, 0],
    ],
    [
      'Conv, with attributes of older operator sets',
      node('Pad', ['x'], ['a'], { pads: [0n, 0n, 1n, 2n, 0n, 0n, 2n, 0n], mode: 'constant', value: 0 }),
      node('Conv', ['a', 'w'], ['y']),
      [weight],
      9,
      [1, 2, 2, 0],
    ],
    [
      'Conv, along some axes',
      node('Pad', ['x', 'p', 'z', 'axes'], ['a']),
      node('Conv', ['a', 'w'], ['y']),
      [int64Tensor('p', [2], [2, 1]), floatTensor('z', [], [0]), int64Tensor('axes', [1], [-1]), weight],
      18,
      [0, 2, 0, 1],
    ],
    ['AveragePool', pad, averagePool(), [edges], 17, [1, 2, 2, 0]],
    [
      'AveragePool that counts what it pads',
      node('Pad', ['x', 'p'], ['a']),
      averagePool({ pads: [1n, 0n, 0n, 1n], count_include_pad: 1n }),
      [edges],
      17,
      [2, 2, 2, 1],
    ],
  ])('puts a Pad into %s', async (_name, before, layer, initializers, opset, pads) => {
    const { model: result } = await simplified(build([before, layer], initializers, { opset }), fusePad);
    expect(operators(result)).toEqual([layer.opType]);
    expect(padsOf(result.graph!.nodes)).toEqual(pads);
    if (layer.opType === 'AveragePool') expect(getAttributeInt(result.graph!.nodes[0]!, 'count_include_pad')).toBe(1);
  });

  it('puts a Pad into a Conv of float16', async () => {
    const initializers = [edges, half('z', [], [0]), half('w', [3, 2, 3, 3], numbers(54))];
    const nodes = [node('Pad', ['x', 'p', 'z'], ['a']), node('Conv', ['a', 'w'], ['y'])];
    const original = build(nodes, initializers, { elementType: DataType.float16 });
    const { model: result } = await simplified(original, fusePad, { precision: 'float16' });
    expect(operators(result)).toEqual(['Conv']);
  });

  it.each([-Infinity, -3.4028234663852886e38])('puts a Pad of %d into MaxPool', async (value) => {
    const nodes = [node('Pad', ['x', 'p', 'z'], ['a']), maxPool()];
    const { model: result } = await simplified(build(nodes, [edges, floatTensor('z', [], [value])]), fusePad, {
      exact: true,
    });
    expect(operators(result)).toEqual(['MaxPool']);
    expect(padsOf(result.graph!.nodes)).toEqual([1, 2, 2, 0]);
  });

  it('puts a Pad of 0 into MaxPool after values of 0 or more', async () => {
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('MaxPool', ['r'], ['m'], { kernel_shape: [1n, 1n] }),
      node('Pad', ['m', 'p'], ['a']),
      maxPool({ strides: [2n, 2n] }),
    ];
    const { model: result } = await simplified(build(nodes, [edges]), fusePad, { exact: true });
    expect(operators(result)).toEqual(['Relu', 'MaxPool', 'MaxPool']);
  });

  it.each<[string, readonly Node[], readonly Tensor[], string[]?]>([
    ['a Pad of 0 before MaxPool, around what may be negative', [pad, maxPool()], [edges]],
    [
      'MaxPool that says where the largest are',
      [node('Relu', ['x'], ['r']), node('Pad', ['r', 'p'], ['a']), maxPool({}, ['y', 'i'])],
      [edges],
      ['y', 'i'],
    ],
    [
      'a Pad with another value',
      [node('Pad', ['x', 'p', 'z'], ['a']), node('Conv', ['a', 'w'], ['y'])],
      [edges, weight, floatTensor('z', [], [0.5])],
    ],
    [
      'a Pad that mirrors',
      [node('Pad', ['x', 'p'], ['a'], { mode: 'reflect' }), node('Conv', ['a', 'w'], ['y'])],
      [edges, weight],
    ],
    ['a Pad of channels', [pad, averagePool()], [int64Tensor('p', [8], [0, 1, 0, 0, 0, 0, 1, 1])]],
    [
      'a Pad that cuts off',
      [pad, node('Conv', ['a', 'w'], ['y'])],
      [int64Tensor('p', [8], [0, 0, -1, 0, 0, 0, 1, 1]), weight],
    ],
    [
      'a Conv whose padding follows from sizes',
      [pad, node('Conv', ['a', 'w'], ['y'], { auto_pad: 'SAME_UPPER' })],
      [edges, weight],
    ],
    ['AveragePool that does not count what it pads', [pad, averagePool({ pads: [1n, 0n, 0n, 0n] })], [edges]],
    ['a pool whose window would lie outside', [pad, averagePool()], [int64Tensor('p', [8], [0, 0, 3, 0, 0, 0, 0, 0])]],
    ['a pool whose windows reach over the end', [pad, averagePool({ ceil_mode: 1n })], [edges]],
    [
      'a Pad that something else reads',
      [pad, node('Conv', ['a', 'w'], ['c'], { pads: [1n, 1n, 1n, 1n] }), node('Add', ['a', 'c'], ['y'])],
      [edges, floatTensor('w', [2, 2, 3, 3], numbers(36))],
    ],
  ])('leaves %s', async (_name, nodes, initializers, outputs) => {
    const original = build(nodes, initializers, { outputs });
    expect((await simplified(original, fusePad)).model).toBe(original);
  });

  it('leaves AveragePool of opset 6, which cannot count padding', async () => {
    const first = node('Pad', ['x'], ['a'], { pads: [0n, 0n, 1n, 1n, 0n, 0n, 1n, 1n] });
    const original = build([first, averagePool()], [], { opset: 6 });
    expect((await simplified(original, fusePad)).model).toBe(original);
  });
});
