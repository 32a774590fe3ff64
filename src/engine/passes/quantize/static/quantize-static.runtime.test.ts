import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { integerValuesOf, toIntegers } from '../../../analysis/integer-values';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { runOnce, type Inference } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import { DataType } from '../../../onnx/data-type';
import type { Model, ValueInfo } from '../../../onnx/graph';
import { readIntegers } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import type { TableDetail } from '../../pass-details';
import { passContext } from '../../testing/pass-context';
import { quantizeStatic } from './quantize-static';

const { signal } = new AbortController();
const inference = createInProcessInference();
const random = createSeededRandom(11);
const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.next() - 0.45),
  );

const pixels = (seed: number): Feeds => {
  const draw = createSeededRandom(seed);
  return { x: { dtype: 'float32', dims: [1, 3, 6, 6], data: Float32Array.from({ length: 108 }, () => draw.next()) } };
};
const dataOf = (samples = 24): CalibrationData => ({
  fingerprint: '',
  samples,
  async *feeds() {
    for (let seed = 50; seed < 50 + samples; seed += 1) yield pixels(seed);
  },
});

/** Conv without a bias, a bound that does not begin at zero, and a Gemm whose bias is far larger than its sums. */
const picture = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w'], ['c'], { pads: [1n, 1n, 1n, 1n] }, { name: 'first' }),
      node('Clip', ['c', 'low', 'high'], ['k'], {}, { name: 'bound' }),
      node('Conv', ['k', 'd', 'e'], ['h'], { strides: [2n, 2n] }, { name: 'second' }),
      node('Relu', ['h'], ['r'], {}, { name: 'relu' }),
      node('Flatten', ['r'], ['f']),
      node('Gemm', ['f', 'u', 'v'], ['y'], { beta: 0.5 }, { name: 'last' }),
    ],
    initializers: [
      weight('w', 8, 3, 3, 3),
      floatTensor('low', [], [-0.2]),
      floatTensor('high', [], [1]),
      weight('d', 4, 8, 3, 3),
      weight('e', 4),
      weight('u', 16, 5),
      weight('v', 5),
    ],
    inputs: [valueInfo('x', [1, 3, 6, 6])],
    outputs: [valueInfo('y', [1, 5])],
  }),
  { opset: 12 },
);

/** A Gemm that no operator of integers computes, since it scales its product alone. */
const scaled = model(
  graph({
    nodes: [
      node('Flatten', ['x'], ['f']),
      node('Tanh', ['f'], ['t']),
      node('Gemm', ['t', 'a', 'b'], ['g'], { alpha: 2 }, { name: 'scaled' }),
      node('Add', ['g', 't'], ['y'], {}, { name: 'sum' }),
    ],
    initializers: [
      floatTensor(
        'a',
        [108, 108],
        Array.from({ length: 108 ** 2 }, (_, index) => Math.sin(index)),
      ),
      floatTensor(
        'b',
        [108],
        Array.from({ length: 108 }, (_, index) => Math.cos(index)),
      ),
    ],
    inputs: [valueInfo('x', [1, 3, 6, 6])],
    outputs: [valueInfo('y', [1, 108])],
  }),
  { opset: 12 },
);

const quantize = (given: Model, options: OptionValues = {}, data: CalibrationData | undefined = dataOf()) =>
  quantizeStatic.run(given, resolveOptions(quantizeStatic, options), passContext({ inference, ...(data && { data }) }));

const outputOf = async (given: Model, seed: number): Promise<Float32Array> =>
  (await runOnce(inference, signal, given, pixels(seed)))['y']!.data as Float32Array;

/** The outputs on the calibration samples. */
async function outputsOf(given: Model): Promise<readonly Float32Array[]> {
  const session = await inference.open(signal, given);
  const outputs: Float32Array[] = [];
  for (let seed = 50; seed < 74; seed += 1) outputs.push((await session.run(pixels(seed)))['y']!.data as Float32Array);
  session.close();
  return outputs;
}

/**
 * Compares on the calibration samples: the mean of the differences of each output, and their size against the signal.
 */
async function compare(small: Model): Promise<{ bias: number; noise: number }> {
  const differences: Float32Array[] = [];
  let signalSquares = 0;
  const [before, after] = [await outputsOf(picture), await outputsOf(small)];
  for (const [index, wanted] of before.entries()) {
    const got = after[index]!;
    signalSquares += wanted.reduce((sum, value) => sum + value ** 2, 0);
    differences.push(wanted.map((value, at) => value - got[at]!));
  }
  const squares = differences.flatMap((list) => [...list].map((value) => value ** 2));
  const means = Array.from(differences[0]!, (_, at) => differences.reduce((sum, list) => sum + list[at]!, 0) / 24);
  return {
    bias: means.reduce((sum, mean) => sum + Math.abs(mean), 0),
    noise: squares.reduce((sum, square) => sum + square, 0) / signalSquares,
  };
}

const operators = ({ graph: main }: Model): string[] => main!.nodes.map(({ opType }) => opType!);

describe('quantize-static', () => {
  it.each(['minmax', 'percentile'])('writes a model that runs and hardly differs: %s', async (calibrator) => {
    const { model: small, refusals, changes, details } = await quantize(picture, { calibrator });
    expect(refusals).toEqual([]);
    expect(checkModel(small)).toEqual([]);
    expect(changes.filter(({ op }) => op !== 'Model')).toHaveLength(6);
    // The Relu goes; the Clip stays, for the integers before it do not begin at its lower bound.
    expect(operators(small)).toContain('Clip');
    expect(operators(small)).not.toContain('Relu');
    expect(details!['ranges']).toMatchObject({ kind: 'table' });
    expect(details!['range-1']).toMatchObject({ kind: 'histogram', marks: [{}, {}] });
    expect((await compare(small)).noise).toBeLessThan(2e-4);
    expect(inference.sessions.open).toBe(0);
  });

  it('shifts biases by the change of layer means through quantization', async () => {
    const [corrected, plain] = await Promise.all(
      [true, false].map(async (biasCorrection) => compare((await quantize(picture, { biasCorrection })).model)),
    );
    expect(corrected!.bias).toBeLessThan(plain!.bias * 0.7);
    expect(corrected!.noise).toBeLessThan(plain!.noise);
  });

  it('leaves a bias float32 that is one number for all outputs', async () => {
    const initializers = picture.graph!.initializers.map((tensor) => (tensor.name === 'v' ? weight('v', 1) : tensor));
    const shared = { ...picture, graph: { ...picture.graph!, initializers } };
    const { model: small } = await quantize(shared);
    const [before, after] = [await outputOf(shared, 1), await outputOf(small, 1)];
    expect(small.graph!.initializers.map(({ name }) => name)).toContain('v');
    before.forEach((value, at) => expect(Math.abs(after[at]! - value)).toBeLessThan(0.02));
  });

  it('raises scales with which a bias would not fit into 32 bits', async () => {
    const tiny = {
      ...picture,
      graph: {
        ...picture.graph!,
        initializers: picture.graph!.initializers.map((tensor) =>
          tensor.name === 'u'
            ? floatTensor('u', [16, 5], new Float32Array(80).fill(1e-9))
            : tensor.name === 'v'
              ? floatTensor('v', [5], [3, -4, 0, 1e-3, 5])
              : tensor,
        ),
      },
    };
    const { model: small } = await quantize(tiny, { biasCorrection: false });
    const y = await outputOf(small, 1);
    // Half a step of the outputs.
    [1.5, -2, 0, 5e-4, 2.5].forEach((value, at) => expect(Math.abs(y[at]! - value)).toBeLessThan(4.5 / 255 / 2 + 1e-6));
    const bias = small.graph!.initializers.find(({ name }) => name === 'v_quantized')!;
    expect(readIntegers(bias).every((value) => value < 2n ** 31n - 1n && value > -(2n ** 31n))).toBe(true);
  });

  it('says why it leaves a model or a node alone', async () => {
    const codes = async (given: Model, options: OptionValues = {}, data?: CalibrationData) => {
      const outcome = await quantizeStatic.run(
        given,
        resolveOptions(quantizeStatic, options),
        passContext({ inference, ...(data && { data }) }),
      );
      return [outcome.model === given, ...outcome.refusals.map(({ path, code }) => `${path} ${code}`)];
    };
    expect(await codes(picture)).toEqual([true, 'graph no-data']);
    const { model: small } = await quantize(picture, { biasCorrection: false });
    expect(await codes(small, {}, dataOf())).toEqual([true, 'graph already-quantized']);
    const normalized = {
      ...picture,
      graph: {
        ...picture.graph!,
        nodes: [
          ...picture.graph!.nodes.map((entry) =>
            entry.name === 'bound' ? { ...entry, inputs: ['n', 'low', 'high'] } : entry,
          ),
          node('BatchNormalization', ['c', 's', 's', 's', 's'], ['n'], {}, { name: 'norm' }),
        ],
        initializers: [...picture.graph!.initializers, floatTensor('s', [8], new Float32Array(8).fill(1))],
      },
    };
    expect(await codes(normalized, { exclude: ['last', 'nobody'] }, dataOf(2))).toEqual([
      false,
      'nobody no-such-node',
      'graph/norm fold-first',
      'graph/last excluded',
    ]);
  });

  it('chooses other ranges from the same observations, without running the model again', async () => {
    const opened: Model[] = [];
    const counting: Inference = {
      openChain: (given) => inference.openChain(given),
      async open(given, opening, options) {
        opened.push(opening);
        return inference.open(given, opening, options);
      },
    };
    const context = passContext({ inference: counting, data: { ...dataOf(4), fingerprint: 'four' } });
    const runs = ['minmax', 'percentile', 'moving-average'].map((calibrator) =>
      resolveOptions(quantizeStatic, { calibrator, biasCorrection: false, closeness: 0 }),
    );
    const scales = new Set<unknown>();
    for (const options of runs) {
      const { details } = await quantizeStatic.run(picture, options, context);
      scales.add((details!['ranges'] as TableDetail).rows.find(([name]) => name === 'y')![3]);
    }
    expect(opened).toHaveLength(1);
    expect(scales.size).toBe(3);
    const others = passContext({ inference: counting, data: { ...dataOf(4), fingerprint: 'others' } });
    await quantizeStatic.run(picture, runs[0]!, others);
    expect(opened).toHaveLength(2);
  });

  it('gives single nodes 16 or 4 bits, or leaves them float', async () => {
    const overrides = { first: 4, second: 16, last: 32, nobody: 16 };
    const {
      model: small,
      refusals,
      changes,
    } = await quantize(picture, { overrides, biasCorrection: false }, dataOf(2));
    expect(checkModel(small)).toEqual([]);
    expect(refusals.map(({ path, code }) => `${path} ${code}`)).toEqual(['nobody no-such-node', 'graph/last excluded']);
    expect(changes[0]!.what).toContain('21');
    const types = new Map(small.graph!.initializers.map(({ name, dataType }) => [name, dataType]));
    expect(types.get('c_zero_point')).toBe(DataType.uint8);
    expect(types.get('k_zero_point')).toBe(DataType.uint16);
    expect(types.get('d_quantized')).toBe(DataType.int8);
    expect(types.get('w_quantized')).toBe(DataType.int4);
    expect(types.get('u')).toBe(DataType.float32);
    expect(Number.isFinite((await outputOf(small, 1))[0])).toBe(true);
  });

  it.each([
    [{ target: 'openvino', activationType: 'uint16' }, 'target-lacks-it', 'int8 or uint8'],
    [{ target: 'tensorrt', format: 'qoperator' }, 'target-lacks-it', 'format qdq'],
    [{ target: 'tensorrt', overrides: { first: 16 } }, 'target-lacks-it', 'only 8-bit integers'],
    [{ activationType: 'int8', weightType: 'uint8' }, 'no-kernel', 'int8 weights'],
  ])('refuses %j', async (options, code, advice) => {
    const { model: same, refusals } = await quantize(picture, options, dataOf(1));
    expect(same).toBe(picture);
    expect(refusals.map((refusal) => refusal.code)).toEqual([code]);
    expect(refusals[0]!.reason).toContain(advice);
  });

  it('keeps integers of a value for others if one reader stays float', async () => {
    const { model: made } = await quantize(scaled, { format: 'qoperator' });
    expect(checkModel(made)).toEqual([]);
    expect(made.graph!.nodes.map(({ opType }) => opType)).toContain('QLinearAdd');
  });

  it.each([
    [{ weightType: 'int4' }, 3e-2],
    [{ weightType: 'uint4', perChannel: false }, 8e-2],
    [{ activationType: 'int16' }, 1e-4],
    [{ target: 'tensorrt', biasCorrection: true }, 3e-4],
    [{ format: 'qoperator', biasCorrection: true }, 2e-4],
    [{ symmetricActivations: true, symmetricWeights: 'false', perChannel: false, weightType: 'uint8' }, 1e-3],
  ])('runs and hardly differs: %j', async (options, most) => {
    const { model: small } = await quantize(picture, { biasCorrection: false, ...options });
    expect(checkModel(small)).toEqual([]);
    expect((await compare(small)).noise).toBeLessThan(most);
  });

  it.each<{ options: OptionValues; type: 'uint8' | 'int8' }>([
    { options: {}, type: 'uint8' },
    { options: { format: 'qoperator' }, type: 'uint8' },
    { options: { activationType: 'int8' }, type: 'int8' },
  ])('takes and gives integers: %j', async ({ options, type }) => {
    const { model: floats } = await quantize(picture, options, dataOf(4));
    const {
      model: integers,
      changes,
      details,
      sentence,
    } = await quantize(picture, { ...options, integerEnds: true }, dataOf(4));
    expect(checkModel(integers)).toEqual([]);
    const typeOf = ({ type: declared }: ValueInfo): unknown => declared?.elementType;
    expect([integers.graph!.inputs, integers.graph!.outputs].map((infos) => infos.map(typeOf))).toEqual([
      [DataType[type]],
      [DataType[type]],
    ]);
    expect(integers.graph!.nodes).toHaveLength(floats.graph!.nodes.length - 2);
    expect(changes.slice(-2).map(({ what }) => what)).toEqual([`“x” is ${type}`, `“y” is ${type}`]);
    const rows = [
      ['x', type, expect.any(Number), expect.any(Number)],
      ['y', type, expect.any(Number), expect.any(Number)],
    ];
    expect(details!['integers']).toMatchObject({ rows });
    expect(sentence).toContain('your code must convert');
    // Sessions convert, so that both can be compared; what they are fed as integers stays as it is.
    expect(await outputOf(integers, 3)).toEqual(await outputOf(floats, 3));
    const stated = integerValuesOf(integers.metadata, [{ name: 'x', dtype: type }]);
    const fed = { x: toIntegers(pixels(3)['x']!, stated.get('x')!) };
    expect((await runOnce(inference, signal, integers, fed))['y']!.data).toEqual(await outputOf(floats, 3));
  });

  it.each([
    ['NaN', Number.NaN, 'graph/first not-finite', '“x” contains NaN'],
    ['nothing but zeros', 0, 'graph/first never-fires', '“x” is always zero'],
  ])('leaves the layers in float32 that are given %s', async (_, number, code, reason) => {
    const feeds = { ...pixels(1), x: { ...pixels(1)['x']!, data: new Float32Array(108).fill(number) } };
    const data: CalibrationData = {
      ...dataOf(1),
      async *feeds() {
        yield feeds;
      },
    };
    const { refusals, model: small } = await quantize(picture, {}, data);
    const told = refusals.find(({ path }) => path === 'graph/first')!;
    expect(`${told.path} ${told.code}`).toBe(code);
    expect(told.reason).toContain(reason);
    expect(checkModel(small)).toEqual([]);
    const first = small.graph!.nodes.find(({ name }) => name === 'first')!;
    expect(first.inputs[0]).toBe('x');
  });

  it('explains data that does not fit, and integers that it lacks', async () => {
    const odd: CalibrationData = {
      ...dataOf(1),
      async *feeds() {
        yield { x: { dtype: 'float32', dims: [1, 2, 6, 6], data: new Float32Array(72) } };
      },
    };
    const { model: same, refusals } = await quantize(picture, {}, odd);
    expect(same).toBe(picture);
    expect(refusals).toMatchObject([{ code: 'data-does-not-fit' }]);
    expect(refusals[0]!.reason).toContain('Check which field feeds which input');
    expect(inference.sessions.open).toBe(0);
    expect(() => resolveOptions(quantizeStatic, { activationType: 'int4' })).toThrow(
      'cannot be “int4”. It must be uint8, int8, uint16 or int16',
    );
  });

  it('converts a model of operator set 7', async () => {
    const old = {
      ...picture,
      opsetImports: [{ domain: '', version: 7n }],
      graph: {
        ...picture.graph!,
        nodes: picture.graph!.nodes.map((entry) =>
          entry.name === 'bound' ? node('Clip', ['c'], ['k'], { min: -0.2, max: 1 }, { name: 'bound' }) : entry,
        ),
        initializers: picture.graph!.initializers.filter(({ name }) => name !== 'low' && name !== 'high'),
      },
    };
    expect(checkModel(old)).toEqual([]);
    const { model: small, refusals } = await quantize(old, { biasCorrection: false }, dataOf(6));
    expect(refusals).toEqual([]);
    expect(checkModel(small)).toEqual([]);
    expect((await compare(small)).noise).toBeLessThan(2e-2);
  });

  it('stops when canceled, with no session open', async () => {
    const controller = new AbortController();
    const data: CalibrationData = {
      ...dataOf(),
      async *feeds() {
        yield pixels(1);
        controller.abort(new Error('enough'));
        yield pixels(2);
      },
    };
    const context = passContext({ inference, data, signal: controller.signal });
    await expect(quantizeStatic.run(picture, resolveOptions(quantizeStatic, {}), context)).rejects.toThrow('enough');
    expect(inference.sessions.open).toBe(0);
  });
});
