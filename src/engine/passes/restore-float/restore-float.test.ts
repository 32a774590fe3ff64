import { describe, expect, it } from 'vitest';
import { checkModel } from '../../onnx/check';
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import type { Model, Node, Tensor } from '../../onnx/graph';
import { float32ToFloat16 } from '../../onnx/half-float';
import { createTensor, readFloat32 } from '../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import type { Progress } from '../../progress';
import { resolveRecipe } from '../../recipe/pipeline';
import { recipeOf } from '../../recipe/recipe';
import { passContext, testContext } from '../testing/pass-context';
import { runRestoreFloat } from './run-restore-float';

const tensor = (name: string, dataType: DataTypeCode, dims: readonly number[], bytes: ArrayBufferView): Tensor =>
  createTensor({ name, dataType, dims, bytes });
const int8 = (name: string, dims: readonly number[], values: readonly number[]) =>
  tensor(name, DataType.int8, dims, Int8Array.from(values));
const uint8 = (name: string, dims: readonly number[], values: readonly number[]) =>
  tensor(name, DataType.uint8, dims, Uint8Array.from(values));

const network = (nodes: readonly Node[], initializers: readonly Tensor[], opset = 21): Model =>
  model(graph({ nodes, initializers, inputs: [valueInfo('x', null)], outputs: [valueInfo('y', null)] }), { opset });

async function restore(given: Model, bytesToKeep?: number) {
  const outcome = await runRestoreFloat(given, passContext(), bytesToKeep);
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
}

const floatsOf = ({ graph: main }: Model, name: string): readonly number[] => {
  const found = main!.initializers.find((each) => each.name === name);
  return [...readFloat32(found!)];
};
const operators = ({ graph: main }: Model) => main!.nodes.map(({ opType }) => opType);

const f = Math.fround;

describe('weights of restore-float', () => {
  it('are scale × (integer − zero point), with a scale per channel', async () => {
    const given = network(
      [node('DequantizeLinear', ['q', 's', 'z'], ['w'], { axis: 0n }), node('MatMul', ['x', 'w'], ['y'])],
      [uint8('q', [2, 3], [0, 7, 255, 10, 11, 12]), floatTensor('s', [2], [0.1, 0.3]), uint8('z', [2], [7, 12])],
    );
    for (const bytesToKeep of [undefined, 0]) {
      const { model: restored, changes, refusals, sentence } = await restore(given, bytesToKeep);
      const [first, second] = [f(0.1), f(0.3)];
      const wanted = [-7 * first, 0, 248 * first, -2 * second, -1 * second, 0].map(f);
      expect(floatsOf(restored, 'w')).toEqual(wanted);
      expect(operators(restored)).toEqual(['MatMul']);
      expect(restored.graph!.initializers.map(({ name }) => name)).toEqual(['w']);
      expect(changes).toHaveLength(1);
      expect(refusals).toEqual([]);
      expect(sentence).toBe(
        'Restored 1 quantized weight to float32. Precision lost by the earlier rounding stays lost.',
      );
    }
  });

  it('are found in blocks of 4 bits, along either axis', async () => {
    // −1, 2, 3, −8 | 7, 0, 1, 2 in int4, low bits first.
    const q = tensor('q', DataType.int4, [2, 4], Uint8Array.of(0x2f, 0x83, 0x07, 0x21));
    const along = (axis: bigint, dims: readonly number[]) =>
      network(
        [node('DequantizeLinear', ['q', 's'], ['w'], { axis, block_size: 2n }), node('MatMul', ['x', 'w'], ['y'])],
        [q, floatTensor('s', dims, [1, 2, 4, 8])],
      );
    expect(floatsOf((await restore(along(1n, [2, 2]))).model, 'w')).toEqual([-1, 2, 6, -16, 28, 0, 8, 16]);
    expect(floatsOf((await restore(along(0n, [1, 4]))).model, 'w')).toEqual([-1, 4, 12, -64, 7, 0, 4, 16]);
  });

  it('are shared by all readers of the same integers, and differ with the scales', async () => {
    const given = network(
      [
        node('DequantizeLinear', ['q', 's'], ['w']),
        node('DequantizeLinear', ['q', 's'], ['v']),
        node('DequantizeLinear', ['q', 't'], ['u']),
        node('MatMul', ['x', 'w'], ['a']),
        node('MatMul', ['a', 'v'], ['b']),
        node('MatMul', ['b', 'u'], ['y']),
      ],
      [int8('q', [2, 2], [1, 2, 3, 4]), floatTensor('s', [], [0.5]), floatTensor('t', [], [0.25])],
    );
    const { model: restored, sentence } = await restore(given);
    expect(restored.graph!.nodes.map(({ inputs }) => inputs[1])).toEqual(['w', 'w', 'u']);
    expect(floatsOf(restored, 'u')).toEqual([0.25, 0.5, 0.75, 1]);
    expect(sentence).toContain('1 quantized weight');
  });

  it('equal the weights that the runtime rounds, if floats are stored', async () => {
    const given = network(
      [
        node('QuantizeLinear', ['stored', 's', 'z'], ['q']),
        node('DequantizeLinear', ['q', 's', 'z'], ['w']),
        node('MatMul', ['x', 'w'], ['y']),
      ],
      // In steps: half to even is 2, and 130 is more than int8 holds.
      [floatTensor('stored', [2, 2], [0.625, -0.3, 32.5, 1]), floatTensor('s', [], [0.25]), int8('z', [], [0])],
    );
    const { model: restored } = await restore(given);
    expect(operators(restored)).toEqual(['MatMul']);
    expect(floatsOf(restored, restored.graph!.nodes[0]!.inputs[1]!)).toEqual([0.5, -0.25, 31.75, 1]);
  });

  it('are found with a scale in float16, and take the shape of a Reshape', async () => {
    const given = network(
      [
        node('Cast', ['half'], ['s'], { to: 1n }),
        node('DequantizeLinear', ['q', 's'], ['rows']),
        node('Reshape', ['rows', 'shape'], ['w']),
        node('MatMul', ['x', 'w'], ['y']),
      ],
      [
        int8('q', [4], [1, 2, 3, 4]),
        tensor('half', DataType.float16, [], float32ToFloat16(Float32Array.of(0.5))),
        tensor('shape', DataType.int64, [2], BigInt64Array.of(2n, 2n)),
      ],
    );
    const { model: restored } = await restore(given);
    expect(operators(restored)).toEqual(['MatMul']);
    expect(restored.graph!.initializers).toMatchObject([{ name: 'w', dims: [2n, 2n] }]);
  });
});

describe('activations of restore-float', () => {
  const pair = (zeroPoint: Tensor, scale: number, before: readonly Node[] = []) =>
    network(
      [
        ...before,
        node('QuantizeLinear', [before.length > 0 ? 'a' : 'x', 's', 'z'], ['q']),
        node('DequantizeLinear', ['q', 's', 'z'], ['d']),
        node('Softmax', ['d'], ['y']),
      ],
      [floatTensor('s', [], [scale]), zeroPoint, floatTensor('w', [2, 2], [1, -1, 2, -2])],
    );
  const product = node('MatMul', ['x', 'w'], ['a']);

  it('lose their quantize and dequantize pairs', async () => {
    expect(operators((await restore(pair(int8('z', [], [3]), 0.1, [product]))).model)).toEqual(['MatMul', 'Softmax']);
    expect(operators((await restore(pair(uint8('z', [], [0]), 0.1))).model)).toEqual(['Softmax']);
  });

  it.each([
    ['an int32 zero point that is 0', DataType.int32, 0, ['Removed an int32 zero point, which runtimes refuse'], 0],
    ['an int32 zero point that is not 0', DataType.int32, 3, [], 1],
    ['a zero point of their own type', DataType.uint8, 0, [], 1],
  ])('that are inputs stay integers beside %s', async (_, type, zero, done, refused) => {
    const zeroPoint = tensor('z', type, [], type === DataType.int32 ? Int32Array.of(zero) : Uint8Array.of(zero));
    const given = model(
      graph({
        nodes: [node('DequantizeLinear', ['x', 's', 'z'], ['y'])],
        initializers: [floatTensor('s', [], [0.5]), zeroPoint],
        inputs: [valueInfo('x', [2], type)],
        outputs: [valueInfo('y', [2])],
      }),
      { opset: 21 },
    );
    const { model: restored, changes, refusals } = await restore(given);
    expect(changes.map(({ what }) => what)).toEqual(done);
    expect(refusals).toHaveLength(refused);
    expect(restored.graph!.nodes[0]!.inputs.includes('z')).toBe(refused === 1);
  });

  it('stay above zero if only the integers bounded them, as after a removed Relu', async () => {
    const { model: relu } = await restore(pair(uint8('z', [], [0]), 0.1, [product]));
    expect(operators(relu)).toEqual(['MatMul', 'Relu', 'Softmax']);
    const { model: clip } = await restore(pair(int8('z', [], [-128]), 6 / 255, [product]));
    expect(operators(clip)).toEqual(['MatMul', 'Clip', 'Softmax']);
    expect(clip.graph!.initializers.flatMap((each) => (each.dims.length === 0 ? [...readFloat32(each)] : []))).toEqual([
      0, 6,
    ]);
    const sigmoid = [node('MatMul', ['x', 'w'], ['m']), node('Sigmoid', ['m'], ['a'])];
    const { model: positive } = await restore(pair(uint8('z', [], [0]), 1 / 255, sigmoid));
    expect(operators(positive)).toEqual(['MatMul', 'Sigmoid', 'Softmax']);
  });

  it('are read as floats by integer convolutions, with the bias in units of both scales', async () => {
    const given = network(
      [
        node('QuantizeLinear', ['x', 's', 'z'], ['q']),
        node('QLinearConv', ['q', 's', 'z', 'k', 'ks', 'kz', 's', 'z', 'b'], ['c'], { pads: [0n, 0n, 0n, 0n] }),
        node('MaxPool', ['c'], ['p'], { kernel_shape: [1n, 1n] }),
        node('DequantizeLinear', ['p', 's', 'z'], ['y']),
      ],
      [
        ...[floatTensor('s', [], [0.5]), int8('z', [], [1]), int8('k', [2, 1, 1, 1], [3, -5])],
        ...[floatTensor('ks', [2], [0.25, 2]), int8('kz', [2], [0, 0])],
        tensor('b', DataType.int32, [2], Int32Array.of(8, 8)),
      ],
      12,
    );
    const { model: restored, refusals } = await restore(given);
    expect(refusals).toEqual([]);
    expect(operators(restored)).toEqual(['Conv', 'MaxPool']);
    const [conv] = restored.graph!.nodes;
    expect(floatsOf(restored, conv!.inputs[1]!)).toEqual([0.75, -10]);
    expect(floatsOf(restored, conv!.inputs[2]!)).toEqual([1, 8]);
    expect(restored.graph!.nodes[1]!.outputs).toEqual(['y']);
  });
});

describe('dynamic products in restore-float', () => {
  it('give a bias that was rounded to int32 back to the Conv', async () => {
    const given = network(
      [
        node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
        node('Mul', ['s', 'ks'], ['both']),
        node('ConvInteger', ['q', 'k', 'z', 'kz'], ['sums'], { kernel_shape: [1n] }),
        node('Div', ['b', 'both'], ['steps']),
        node('Floor', ['steps'], ['whole']),
        node('Cast', ['whole'], ['int'], { to: 6n }),
        node('Reshape', ['int', 'shape'], ['bias']),
        node('Add', ['sums', 'bias'], ['added']),
        node('Cast', ['added'], ['float'], { to: 1n }),
        node('Mul', ['float', 'both'], ['y']),
      ],
      [
        ...[uint8('k', [2, 1, 1], [130, 120]), uint8('kz', [], [128]), floatTensor('ks', [], [0.5])],
        ...[floatTensor('b', [2], [0.3, -0.7]), tensor('shape', DataType.int64, [3], BigInt64Array.of(1n, -1n, 1n))],
      ],
    );
    const { model: restored, refusals } = await restore(given);
    expect(refusals).toEqual([]);
    expect(restored.graph!.nodes).toMatchObject([{ opType: 'Conv', inputs: ['x', 'k_1', 'b'], outputs: ['y'] }]);
    expect(floatsOf(restored, 'k_1')).toEqual([1, -4]);
  });

  it('keep chains that they do not know, and name them', async () => {
    const given = network(
      [
        node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
        node('MatMulInteger', ['q', 'w', 'z'], ['sums']),
        node('Cast', ['sums'], ['float'], { to: 1n }),
        node('Sqrt', ['float'], ['root']),
        node('Mul', ['root', 's'], ['y']),
      ],
      [int8('w', [2, 2], [1, 2, 3, 4])],
    );
    const { model: same, refusals } = await restore(given);
    expect(same).toBe(given);
    expect(refusals.map(({ op }) => op)).toEqual(['DynamicQuantizeLinear', 'MatMulInteger']);
    expect(refusals[1]!.reason).toContain('form that restore-float does not know');
  });

  it('keep MatMulNBits with a computed order of groups', async () => {
    const product = node('MatMulNBits', ['x', 'q', 's', '', 'order'], ['y'], {
      K: 16n,
      N: 1n,
      bits: 4n,
      block_size: 16n,
    });
    const given = network(
      [node('Cast', ['x'], ['order'], { to: 6n }), { ...product, domain: 'com.microsoft' }],
      [uint8('q', [1, 1, 8], [1, 2, 3, 4, 5, 6, 7, 8]), floatTensor('s', [1], [0.5])],
    );
    const { model: same, refusals } = await runRestoreFloat(given, passContext());
    expect(same).toBe(given);
    expect(refusals).toMatchObject([{ reason: 'The groups of its rows are reordered (g_idx).' }]);
  });
});

describe('float16 in restore-float', () => {
  const half = (name: string, values: readonly number[]) =>
    tensor(name, DataType.float16, [values.length], float32ToFloat16(Float32Array.from(values)));

  it('becomes float32: tensors, inputs, outputs, and the Casts between', async () => {
    const given = model(
      graph({
        nodes: [
          node('Cast', ['x'], ['h'], { to: 10n }),
          node('Add', ['h', 'b'], ['a']),
          node('Cast', ['a'], ['wide'], { to: 1n }),
          node('Exp', ['wide'], ['e']),
          node('Cast', ['e'], ['y'], { to: 10n }),
        ],
        initializers: [half('b', [1, 0.1])],
        inputs: [valueInfo('x', [2])],
        outputs: [valueInfo('y', [2], DataType.float16)],
        valueInfos: [valueInfo('h', [2], DataType.float16)],
      }),
    );
    const { model: restored } = await restore(given);
    expect(operators(restored)).toEqual(['Add', 'Exp']);
    expect(restored.graph!.outputs[0]!.type!.elementType).toBe(DataType.float32);
    expect(floatsOf(restored, 'b')).toEqual([1, 0.0999755859375]);
  });

  it('names constants that overflowed when they were stored', async () => {
    const given = network([node('Add', ['x', 'b'], ['y'])], [half('b', [1, 1e6])]);
    const { refusals } = await restore(given);
    expect(refusals).toMatchObject([{ path: 'graph/b', code: 'overflowed' }]);
  });
});

describe('restore-float', () => {
  it('leaves and names weights that it cannot restore', async () => {
    const dynamicScale = network(
      [
        node('ReduceMax', ['x'], ['s'], { keepdims: 0n }),
        node('DequantizeLinear', ['q', 's'], ['w']),
        node('MatMul', ['x', 'w'], ['y'], {}),
      ],
      [int8('q', [2, 2], [1, 2, 3, 4])],
      13,
    );
    const { model: same, refusals } = await restore(dynamicScale);
    expect(same).toBe(dynamicScale);
    expect(refusals).toMatchObject([
      { path: 'graph/DequantizeLinear_1', reason: 'Its scale is computed at run time, not constant.' },
    ]);
    const plain = network([node('Relu', ['x'], ['y'])], []);
    expect((await restore(plain)).refusals).toMatchObject([
      { reason: 'Nothing to restore: the model is neither quantized nor float16.' },
    ]);
  });

  it('drops a zero point beside int32, which runtimes refuse', async () => {
    const given = model(
      graph({
        nodes: [node('DequantizeLinear', ['x', 's', 'z'], ['y'])],
        initializers: [floatTensor('s', [], [0.5]), tensor('z', DataType.int32, [], Int32Array.of(0))],
        inputs: [valueInfo('x', [2], DataType.int32)],
        outputs: [valueInfo('y', [2])],
      }),
    );
    const { model: restored } = await restore(given);
    expect(restored.graph!.nodes).toMatchObject([{ inputs: ['x', 's'] }]);
  });

  it('reads integers outside a branch, and restores those inside', async () => {
    const branch = (name: string, weight: string) =>
      graph({
        nodes: [node('DequantizeLinear', [weight, 's'], [`${name}_w`]), node('MatMul', ['x', `${name}_w`], [name])],
        initializers: weight === 'q' ? [] : [int8(weight, [2, 2], [5, 6, 7, 8])],
        outputs: [valueInfo(name, null)],
      });
    const given = model(
      graph({
        nodes: [node('If', ['yes'], ['y'], { then_branch: branch('then', 'q'), else_branch: branch('else', 'own') })],
        initializers: [int8('q', [2, 2], [1, 2, 3, 4]), floatTensor('s', [], [0.5])],
        inputs: [valueInfo('x', [2, 2]), valueInfo('yes', [], DataType.bool)],
        outputs: [valueInfo('y', null)],
      }),
    );
    const { model: restored, refusals } = await restore(given);
    expect(refusals).toEqual([]);
    const [thenBranch, elseBranch] = restored.graph!.nodes[0]!.attributes.map(({ g }) => g!);
    expect([thenBranch, elseBranch].map((body) => body!.nodes.map(({ opType }) => opType))).toEqual([
      ['MatMul'],
      ['MatMul'],
    ]);
    expect(restored.graph!.initializers).toHaveLength(1);
    expect(elseBranch!.initializers).toHaveLength(1);
  });

  it('reports progress, stops when asked to, and stands before quantization', async () => {
    const reports: Progress[] = [];
    const given = network(
      [node('DequantizeLinear', ['q', 's'], ['w']), node('MatMul', ['x', 'w'], ['y'])],
      [int8('q', [2, 2], [1, 2, 3, 4]), floatTensor('s', [], [0.5])],
    );
    await runRestoreFloat(given, testContext(reports));
    expect(reports.at(-1)).toMatchObject({ done: 4, total: 4 });
    const controller = new AbortController();
    controller.abort();
    await expect(runRestoreFloat(given, testContext([], controller))).rejects.toThrow('abort');
    const recipe = (...steps: readonly string[]) => recipeOf(steps.map((pass) => ({ pass, options: {} })));
    expect(resolveRecipe(recipe('simplify', 'restore-float', 'quantize-dynamic'))).toHaveLength(3);
    expect(() => resolveRecipe(recipe('quantize-dynamic', 'restore-float'))).toThrow('Put it first');
  });
});
