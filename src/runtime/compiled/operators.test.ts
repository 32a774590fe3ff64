import { describe, expect, it } from 'vitest';
import { compileModel } from '../../engine/compile/compile-model';
import type { FeedTensor } from '../../engine/data/feeds';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import type { Graph } from '../../engine/onnx/graph';
import { DataType } from '../../engine/onnx/data-type';
import { createTensor } from '../../engine/onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { productOf } from '../../engine/product-of';
import { createSeededRandom } from '../../engine/seeded-random';
import { runModelInNode } from '../testing/run-model';
import { openCompiled } from './compiled-instance';

const seeded = createSeededRandom(7);
const floats = (count: number) => Float32Array.from({ length: count }, () => seeded.next() * 4 - 2);
const tensor = (name: string, dims: readonly number[]) => floatTensor(name, dims, floats(productOf(dims)));

/** Compares a compiled graph with onnxruntime-web in both builds, on random numbers or on given ones. */
async function expectSame(parts: Partial<Graph>, shape: readonly number[], given?: readonly number[]): Promise<void> {
  const made = model(graph({ inputs: [valueInfo('x', shape)], ...parts }), {
    opset: 21,
    opsetImports: [
      { domain: '', version: 21n },
      { domain: 'com.microsoft', version: 1n },
    ],
  });
  const data = given === undefined ? floats(productOf(shape)) : Float32Array.from(given);
  const feeds = { x: { dtype: 'float32', dims: shape, data } satisfies FeedTensor };
  const expected = await runModelInNode(joinParts(encodeModel(made)), feeds, { graphOptimizationLevel: 'disabled' });
  const { compiled, refusals } = compileModel(made);
  expect(refusals).toBeUndefined();
  for (const [build, bytes] of compiled!.modules) {
    if (!WebAssembly.validate(bytes)) continue;
    const instance = await openCompiled(compiled!, build);
    // The second run finds what the first one left in the memory.
    instance.run(feeds);
    const found = instance.run(feeds);
    for (const [name, { data: right }] of Object.entries(expected)) {
      const got = Array.from(found[name]!.data as ArrayLike<number | bigint>, Number);
      const numbers = Array.from(right as ArrayLike<number | bigint>, Number);
      const largest = Math.max(1, ...numbers.filter(Number.isFinite).map(Math.abs));
      expect(got.length).toBe(numbers.length);
      const differing = numbers.findIndex((value, index) =>
        Number.isFinite(value) ? !(Math.abs(value - got[index]!) <= 3e-6 * largest) : !Object.is(value, got[index]),
      );
      expect(differing < 0 ? [] : [build, name, differing, numbers[differing], got[differing]]).toEqual([]);
    }
  }
}

describe('compiled operators', () => {
  it.each(['Erf', 'Gelu', 'Sigmoid', 'Tanh', 'Relu', 'Softmax', 'IsNaN', 'Exp', 'HardSwish', 'Abs', 'Sign'])(
    'compute %s of NaN, infinities, zeros and denormals as the runtime does',
    async (op) => {
      const special = [NaN, Infinity, -Infinity, 0, -0, 1e-40, -1e-40, 1.5, -20, 60];
      const type = op === 'IsNaN' ? 9 : 1;
      const parts = { nodes: [node(op, ['x'], ['y'])], outputs: [valueInfo('y', [10, 1], type)] };
      // A NaN in a row of Softmax makes all of it NaN.
      await expectSame(parts, [10, 1], special);
    },
  );

  it.each(['Sum', 'Mean', 'Max', 'Min', 'Prod', 'SumSquare', 'L1', 'L2', 'LogSumExp'])(
    'reduce along first, middle and last axes with Reduce%s',
    async (kind) => {
      for (const axes of [[0], [1], [2, 3], [1, 3], [0, 1, 2, 3]]) {
        const shape = [2, 5, 3, 7];
        const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
        const nodes = [node(`Reduce${kind}`, ['x', 'axes'], ['y'])];
        const initializers = [int64Tensor('axes', [axes.length], axes)];
        await expectSame({ nodes, initializers, outputs: [valueInfo('y', kept)] }, shape);
      }
    },
  );

  it.each([
    ['ArgMax', { axis: 1n }],
    ['ArgMin', { axis: 2n, keepdims: 0n }],
  ])('find the places of extremes with %s', async (op, attributes) => {
    const nodes = [node(op, ['x'], ['y'], attributes)];
    await expectSame({ nodes, outputs: [valueInfo('y', null, 7)] }, [3, 5, 4]);
  });

  it.each([
    [[1, 3, 6, 7], [4, 3, 3, 3], { pads: [1n, 1n, 1n, 1n] }],
    [[2, 6, 5, 5], [6, 1, 3, 3], { group: 6n, strides: [2n, 2n], pads: [1n, 0n, 1n, 0n] }],
  ] as const)(
    'convolve codes of %j with a kernel of %j whose zero point is not 128',
    async (shape, kernel, attributes) => {
      const bytes = Uint8Array.from({ length: productOf(kernel) }, (_, index) => (index * 97) % 256);
      const code = (name: string, dims: readonly number[], values: Uint8Array) =>
        createTensor({ name, dataType: DataType.uint8, dims, bytes: values });
      const nodes = [
        node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
        node('ConvInteger', ['q', 'w', 'z', 'zw'], ['c'], attributes),
        node('Cast', ['c'], ['f'], { to: 1n }),
        node('Mul', ['f', 's'], ['y']),
      ];
      const initializers = [code('w', kernel, bytes), code('zw', [], Uint8Array.of(90))];
      await expectSame({ nodes, initializers, outputs: [valueInfo('y', null)] }, shape);
    },
  );

  it.each([
    [[1, 3, 5, 6], [3, 4, 2, 2], { strides: [2n, 2n] }, 1],
    [[2, 4, 5, 3], [4, 5, 3, 3], { strides: [2n, 1n], pads: [1n, 1n, 1n, 1n], output_padding: [1n, 0n] }, 1],
    [[1, 4, 5, 5], [4, 3, 4, 4], { strides: [3n, 2n], pads: [0n, 1n, 2n, 1n], group: 2n }, 2],
    [[1, 24, 6, 6], [24, 24, 2, 2], { strides: [2n, 2n] }, 1],
    [[1, 24, 6, 6], [24, 1, 2, 2], { strides: [2n, 2n] }, 1],
  ] as const)('transpose a convolution of %j with %j', async (shape, kernel, attributes, groups) => {
    const channels = kernel[1] * groups;
    const initializers = [tensor('w', kernel), tensor('b', [channels])];
    const nodes = [node('ConvTranspose', ['x', 'w', 'b'], ['c'], attributes), node('Relu', ['c'], ['y'])];
    await expectSame({ nodes, initializers, outputs: [valueInfo('y', null)] }, shape);
  });

  it.each([
    [{ mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }, [1, 1, 2, 2]],
    [{ mode: 'nearest' }, [1, 1, 2.5, 0.6]],
    // Places just below and just above the middle of two positions.
    [
      { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'round_prefer_ceil' },
      [1, 1, 1, 2 / 7],
    ],
    [{ mode: 'nearest', coordinate_transformation_mode: 'asymmetric' }, [1, 1, 1, 38 / 7]],
    [{ mode: 'linear' }, [1, 1, 2, 3]],
    [{ mode: 'linear', coordinate_transformation_mode: 'align_corners' }, [1, 1, 1.7, 2]],
    [{ mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' }, [1, 1, 0.5, 0.5]],
  ])('resize by %j and %j', async (attributes, scales) => {
    const nodes = [node('Resize', ['x', '', 's'], ['y'], attributes)];
    const initializers = [floatTensor('s', [4], scales)];
    await expectSame({ nodes, initializers, outputs: [valueInfo('y', null)] }, [2, 5, 6, 7]);
  });

  it.each([
    ['LSTM', 4, {}],
    ['LSTM', 4, { direction: 'bidirectional' }],
    ['LSTM', 4, { direction: 'reverse' }],
    ['GRU', 3, {}],
    ['GRU', 3, { direction: 'bidirectional', linear_before_reset: 1n }],
  ] as const)('go through the steps of %s', async (op, gates, attributes) => {
    const [steps, batch, size, hidden] = [5, 2, 3, 6];
    const directions = 'direction' in attributes && attributes.direction === 'bidirectional' ? 2 : 1;
    const initializers = [
      tensor('w', [directions, gates * hidden, size]),
      tensor('r', [directions, gates * hidden, hidden]),
      tensor('b', [directions, 2 * gates * hidden]),
      tensor('h', [directions, batch, hidden]),
    ];
    const nodes = [
      node(op, ['x', 'w', 'r', 'b', '', 'h'], ['y', 'last'], { ...attributes, hidden_size: BigInt(hidden) }),
    ];
    await expectSame({ nodes, initializers, outputs: [valueInfo('y', null), valueInfo('last', null)] }, [
      steps,
      batch,
      size,
    ]);
  });

  it('normalize rows, and channels of pictures', async () => {
    const initializers = [tensor('s', [7]), tensor('b', [7]), tensor('sc', [3]), tensor('bc', [3])];
    const nodes = [
      node('LayerNormalization', ['x', 's', 'b'], ['y']),
      node('InstanceNormalization', ['x', 'sc', 'bc'], ['z']),
    ];
    await expectSame({ nodes, initializers, outputs: [valueInfo('y', null), valueInfo('z', null)] }, [2, 3, 5, 7]);
  });

  it('run the branch of an If that its condition names', async () => {
    const branch = (name: string, op: string) =>
      graph({ nodes: [node(op, ['x'], [name])], outputs: [valueInfo(name, [2, 3])] });
    const nodes = [
      node('ReduceSum', ['x'], ['sum'], { keepdims: 0n }),
      node('Greater', ['sum', 'zero'], ['positive']),
      node('If', ['positive'], ['y'], { then_branch: branch('t', 'Neg'), else_branch: branch('e', 'Abs') }),
    ];
    const initializers = [floatTensor('zero', [], [0])];
    for (const sign of [1, -1]) {
      const given = [1, 2, 3, 4, 5, 6].map((number) => number * sign);
      await expectSame({ nodes, initializers, outputs: [valueInfo('y', [2, 3])] }, [2, 3], given);
    }
  });

  it('choose, compare, convert and gather', async () => {
    const nodes = [
      node('Cast', ['x'], ['i'], { to: 7n }),
      node('Mul', ['i', 'three'], ['m']),
      node('Mod', ['m', 'five'], ['at']),
      node('Gather', ['table', 'at'], ['rows']),
      node('Less', ['x', 'zero'], ['low']),
      node('Not', ['low'], ['high']),
      node('Where', ['high', 'x', 'zero'], ['y']),
    ];
    const initializers = [
      ...[int64Tensor('three', [], [3]), int64Tensor('five', [], [5]), tensor('table', [5, 4])],
      floatTensor('zero', [], [0]),
    ];
    const outputs = [valueInfo('y', [2, 3]), valueInfo('rows', [2, 3, 4]), valueInfo('at', [2, 3], 7)];
    await expectSame({ nodes, initializers, outputs }, [2, 3]);
  });

  it.each([
    ['int8', 'scalar', 5, 37, 19],
    ['uint8', 'scalar', 1, 64, 32],
    ['uint8', 'row', 4, 16, 8],
    ['int8', 'row', 7, 3, 5],
  ] as const)(
    'multiply codes of %s with scales of each run and a %s: %i rows, depth %i, %i columns',
    async (type, scale, rows, depth, columns) => {
      const [low, zero] = type === 'int8' ? [-128, 0] : [1, 128];
      const codes = Uint8Array.from({ length: depth * columns }, () => Math.floor(seeded.next() * 255) + low);
      const width = scale === 'row' ? columns : 1;
      const initializers = [
        createTensor({ name: 'w', dataType: DataType[type], dims: [depth, columns], bytes: codes }),
        createTensor({ name: 'zw', dataType: DataType[type], dims: [], bytes: Uint8Array.of(zero) }),
        ...[tensor('sw', scale === 'row' ? [width] : []), tensor('b', [columns])],
      ];
      const nodes = [
        node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
        node('MatMulInteger', ['q', 'w', 'z', 'zw'], ['sums']),
        node('Cast', ['sums'], ['f'], { to: 1n }),
        node('Mul', ['s', 'sw'], ['both']),
        node('Mul', ['f', 'both'], ['scaled']),
        node('Add', ['scaled', 'b'], ['biased']),
        node('Relu', ['biased'], ['y']),
        node('MatMulInteger', ['q', 'w', 'z', 'zw'], ['plain']),
      ];
      const outputs = [
        valueInfo('y', null),
        valueInfo('plain', null, 6),
        valueInfo('q', null, 2),
        valueInfo('z', null, 2),
      ];
      await expectSame({ nodes, initializers, outputs: [...outputs, valueInfo('s', null)] }, [2, rows, depth]);
    },
  );

  it.each([
    [4, 32, true, 1, 96, 20],
    [4, 16, false, 3, 40, 9],
    [8, 32, true, 2, 64, 12],
    [8, 16, false, 5, 33, 3],
  ] as const)(
    'multiply with %i-bit weights in blocks of %i (zero points: %s): %i rows, depth %i, %i columns',
    async (bits, block, hasZeros, rows, depth, columns) => {
      const blocks = Math.ceil(depth / block);
      const bytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(seeded.next() * 256));
      const uint8 = (name: string, dims: readonly number[]) =>
        createTensor({ name, dataType: DataType.uint8, dims, bytes: bytes(productOf(dims)) });
      const zeroBytes = bits === 4 ? Math.ceil(blocks / 2) : blocks;
      const initializers = [
        uint8('w', [columns, blocks, (block * bits) / 8]),
        ...[tensor('s', [columns * blocks]), uint8('z', [columns * zeroBytes]), tensor('b', [columns])],
      ];
      const attributes = { K: depth, N: columns, bits, block_size: block };
      const nodes = [
        node(
          'MatMulNBits',
          hasZeros ? ['x', 'w', 's', 'z'] : ['x', 'w', 's'],
          ['p'],
          Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, BigInt(value)])),
          { domain: 'com.microsoft' },
        ),
        node('Add', ['p', 'b'], ['y']),
      ];
      await expectSame({ nodes, initializers, outputs: [valueInfo('y', null)] }, [1, rows, depth]);
    },
  );

  it.each(['int8', 'uint8'] as const)('keep weights of %s as codes', async (type) => {
    const codes = Uint8Array.from({ length: 24 * 11 }, () => Math.floor(seeded.next() * 256));
    const initializers = [
      createTensor({ name: 'w', dataType: DataType[type], dims: [24, 11], bytes: codes }),
      createTensor({ name: 'z', dataType: DataType[type], dims: [11], bytes: codes.slice(0, 11) }),
      tensor('s', [11]),
    ];
    const nodes = [node('DequantizeLinear', ['w', 's', 'z'], ['d'], { axis: 1n }), node('MatMul', ['x', 'd'], ['y'])];
    await expectSame({ nodes, initializers, outputs: [valueInfo('y', null)] }, [3, 24]);
  });

  it.each(['int4', 'uint4', 'int8', 'uint8'] as const)('keep weights of %s in blocks', async (type) => {
    const bytes = (count: number) =>
      Uint8Array.from({ length: type.endsWith('4') ? count / 2 : count }, () => Math.floor(seeded.next() * 256));
    const codes = (name: string, dims: readonly number[]) =>
      createTensor({ name, dataType: DataType[type], dims, bytes: bytes(dims.reduce((a, b) => a * b)) });
    const product = [codes('w', [20, 10]), codes('z', [3, 10]), tensor('s', [3, 10])];
    const nodes = [
      node('DequantizeLinear', ['w', 's', 'z'], ['d'], { axis: 0n, block_size: 8n }),
      node('MatMul', ['x', 'd'], ['y']),
    ];
    await expectSame({ nodes, initializers: product, outputs: [valueInfo('y', null)] }, [3, 20]);
    const kernels = [codes('w', [6, 20, 3, 2]), codes('z', [6, 3, 3, 2]), tensor('s', [6, 3, 3, 2])];
    const convolution = [
      node('DequantizeLinear', ['w', 's', 'z'], ['d'], { axis: 1n, block_size: 8n }),
      node('Conv', ['x', 'd'], ['y']),
    ];
    const parts = { nodes: convolution, initializers: kernels, outputs: [valueInfo('y', null)] };
    await expectSame(parts, [1, 20, 5, 5]);
  });
});
