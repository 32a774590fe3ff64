import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { decoder } from '../../../onnx/testing/decoder';
import { getAttributeInt, nodes } from '../../../onnx/traverse';
import { createSeededRandom } from '../../../seeded-random';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import type { PassContext } from '../../pass';
import { passContext } from '../../testing/pass-context';
import { quantizeWeights } from './quantize-weights';
import { runQuantizeWeights } from './run-quantize-weights';
import type { WeightsOptions } from './weights-options';

const { signal } = new AbortController();
const random = createSeededRandom(5);
const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.next() - 0.45),
  );

const quantize = (given: Model, options: OptionValues, context: Partial<PassContext> = {}) =>
  quantizeWeights.run(given, resolveOptions(quantizeWeights, options), passContext(context));

/** 20 rows of 40 numbers, looked up, multiplied, added to and multiplied again; 40 is no multiple of a block. */
const text = model(
  graph({
    nodes: [
      node('Gather', ['table', 'ids'], ['x'], {}, { name: 'embed' }),
      node('MatMul', ['x', 'w'], ['h'], {}, { name: 'first' }),
      node('Add', ['h', 'b'], ['a']),
      node('Relu', ['a'], ['r']),
      node('MatMul', ['r', 'v'], ['m'], {}, { name: 'middle' }),
      node('Flatten', ['m'], ['f']),
      node('Gemm', ['f', 'u', 'c'], ['y'], { transB: 1n }, { name: 'last' }),
    ],
    initializers: [
      weight('table', 20, 40),
      weight('w', 40, 48),
      weight('b', 48),
      weight('v', 48, 40),
      weight('u', 12, 200),
      weight('c', 12),
    ],
    inputs: [valueInfo('ids', [1, 5], DataType.int64)],
    outputs: [valueInfo('y', [1, 12])],
  }),
);

const picture = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w', 'b'], ['h'], { pads: [1n, 1n, 1n, 1n] }, { name: 'first' }),
      node('Relu', ['h'], ['r']),
      node('Conv', ['r', 'd', 'e'], ['k'], { group: 16n }, { name: 'depthwise' }),
      node('Conv', ['k', 'v'], ['y'], {}, { name: 'last' }),
    ],
    initializers: [
      weight('w', 16, 6, 3, 3),
      weight('b', 16),
      weight('d', 16, 1, 3, 3),
      weight('e', 16),
      weight('v', 24, 16, 1, 1),
    ],
    inputs: [valueInfo('x', [1, 6, 6, 6])],
    outputs: [valueInfo('y', [1, 24, 4, 4])],
  }),
);

/** A model with both directions of an LSTM, and a GRU that reads them. */
const series = model(
  graph({
    nodes: [
      node('LSTM', ['x', 'w', 'r', 'b'], ['h'], { hidden_size: 12n, direction: 'bidirectional' }, { name: 'lstm' }),
      node('Transpose', ['h'], ['t'], { perm: [0n, 2n, 1n, 3n] }),
      node('Reshape', ['t', 'shape'], ['s']),
      node('GRU', ['s', 'v', 'u', 'c'], ['', 'y'], { hidden_size: 10n, linear_before_reset: 1n }, { name: 'gru' }),
    ],
    initializers: [
      weight('w', 2, 48, 20),
      weight('r', 2, 48, 12),
      weight('b', 2, 96),
      weight('v', 1, 30, 24),
      weight('u', 1, 30, 10),
      weight('c', 1, 60),
      createTensor({ name: 'shape', dataType: DataType.int64, dims: [3], bytes: BigInt64Array.of(0n, 0n, 24n) }),
    ],
    inputs: [valueInfo('x', [6, 1, 20])],
    outputs: [valueInfo('y', [1, 1, 10])],
  }),
);

const steps = (seed: number): Feeds => {
  const draw = createSeededRandom(seed);
  return {
    x: { dtype: 'float32', dims: [6, 1, 20], data: Float32Array.from({ length: 120 }, () => draw.next() - 0.3) },
  };
};

const feedsOf = new Map([
  [text, (seed: number) => ids(seed)],
  [picture, (seed: number) => pixels(seed)],
  [series, (seed: number) => steps(seed)],
]);

const ids = (seed: number): Feeds => {
  const draw = createSeededRandom(seed);
  return {
    ids: {
      dtype: 'int64',
      dims: [1, 5],
      data: BigInt64Array.from({ length: 5 }, () => BigInt(Math.floor(draw.next() * 20))),
    },
  };
};
const pixels = (seed: number): Feeds => {
  const draw = createSeededRandom(seed);
  return { x: { dtype: 'float32', dims: [1, 6, 6, 6], data: Float32Array.from({ length: 216 }, () => draw.next()) } };
};

const outputsOfOriginals = new Map<Model, Map<number, Promise<Float32Array>>>();

/** The outputs of an original, computed once. */
function answerOf(given: Model, seed: number): Promise<Float32Array> {
  const answers = outputsOfOriginals.get(given) ?? new Map<number, Promise<Float32Array>>();
  outputsOfOriginals.set(given, answers);
  const known = answers.get(seed) ?? outputOf(given, feedsOf.get(given)!(seed));
  answers.set(seed, known);
  return known;
}

async function outputOf(given: Model, feeds: Feeds): Promise<Float32Array> {
  expect(checkModel(given)).toEqual([]);
  return (await runOnce(createInProcessInference(), signal, given, feeds))['y']!.data as Float32Array;
}

/** Decibels by which the signal stands over what differs. */
function sqnr(wanted: Float32Array, got: Float32Array): number {
  const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
  return 10 * Math.log10(square(wanted) / square(wanted.map((value, at) => value - got[at]!)));
}

const operators = (given: Model): string[] => [...nodes(given)].map((visit) => visit.node.opType ?? '');
const opset = (given: Model): bigint | undefined => given.opsetImports.find(({ domain }) => !domain)?.version;

describe('quantize-weights, to nearest', () => {
  it.each([
    [{ bits: '8', blockSize: '0', symmetric: true }, [13n, 13n], 36],
    [{ bits: '8', blockSize: '0' }, [13n, 13n], 36],
    [{ bits: '8', blockSize: '16', symmetric: true }, [21n, 21n], 38],
    [{ bits: '4', blockSize: '0', symmetric: true }, [21n, 21n], 10],
    [{ bits: '4', blockSize: '32' }, [21n, 21n], 13],
    [{ bits: '4', blockSize: '16', form: 'dequantize' }, [21n, 21n], 13],
    [{ bits: '4', blockSize: '16', form: 'matmul-nbits' }, [12n, 21n], 13],
    [{ bits: '8', blockSize: '16', form: 'matmul-nbits' }, [12n, 21n], 36],
  ] as const)('writes forms that run and mean the same: %j', async (options, opsets, decibels) => {
    const cases = [text, picture, series];
    for (const [index, given] of cases.entries()) {
      const old = { ...given, opsetImports: [{ domain: '', version: 12n }] };
      const { model: small, changes, refusals } = await quantize(old, { ...options, method: 'rtn' });
      expect(refusals).toEqual([]);
      expect(changes.length).toBeGreaterThanOrEqual(3);
      expect(checkModel(small)).toEqual([]);
      expect(opset(small)).toBe(opsets[Math.min(1, index)]);
      expect(sqnr(await answerOf(given, 2), await outputOf(small, feedsOf.get(given)!(2)))).toBeGreaterThan(decibels);
    }
  });

  it('reads blocks in MatMulNBits and in DequantizeLinear alike', async () => {
    const [nbits, dequantized] = await Promise.all(
      ['matmul-nbits', 'dequantize'].map((form) => quantize(text, { method: 'rtn', form, opTypes: ['MatMul'] })),
    );
    expect(operators(nbits!.model)).toContain('MatMulNBits');
    expect(operators(dequantized!.model)).not.toContain('MatMulNBits');
    expect(sqnr(await outputOf(nbits!.model, ids(3)), await outputOf(dequantized!.model, ids(3)))).toBeGreaterThan(90);
  });

  it('writes 2 bits for supported kernels, and lists the other layers with 4', async () => {
    const options = { bits: '2', method: 'mse', blockSize: '16' };
    const { model: small, details, sentence } = await quantize(text, options);
    const products = [...nodes(small)].filter((visit) => visit.node.opType === 'MatMulNBits');
    expect(products.map((visit) => getAttributeInt(visit.node, 'bits'))).toEqual([2, 2, 2]);
    expect(sentence).toBe('1 layer kept 4 bits: only MatMulNBits supports 2 bits, in products with a matrix.');
    const table = details!['layers'];
    expect(table?.kind === 'table' && table.rows.map((row) => row[2])).toEqual([4, 2, 2, 2]);
    expect(sqnr(await answerOf(text, 2), await outputOf(small, ids(2)))).toBeGreaterThan(3);
  });

  it.each(['rtn', 'mse'])('computes weights beyond the memory when they are read: %s', async (method) => {
    const options = resolveOptions(quantizeWeights, { method }) as WeightsOptions;
    const [kept, computed] = await Promise.all([
      runQuantizeWeights(text, options, passContext({})),
      runQuantizeWeights(text, options, passContext({}), 0),
    ]);
    expect(joinParts(encodeModel(computed.model))).toEqual(joinParts(encodeModel(kept.model)));
    expect(computed.details).toEqual(kept.details);
  });

  it('takes weights of Constant nodes, If bodies and float16, and stores shared ones once', async () => {
    const half = createTensor({
      name: 'w',
      dataType: DataType.float16,
      dims: [32, 32],
      bytes: new Uint16Array(1024).fill(0x3c00),
    });
    const body = (name: string) =>
      graph({ nodes: [node('MatMul', ['x', 'w'], [name])], outputs: [valueInfo(name, [1, 32], DataType.float16)] });
    const given = model(
      graph({
        nodes: [
          node('Constant', [], ['w'], { value: half }),
          node('If', ['yes'], ['y'], { then_branch: body('t'), else_branch: body('e') }),
        ],
        inputs: [valueInfo('yes', [], DataType.bool), valueInfo('x', [1, 32], DataType.float16)],
        outputs: [valueInfo('y', [1, 32], DataType.float16)],
      }),
    );
    const { model: small, refusals } = await quantize(given, { method: 'rtn' });
    expect(refusals).toEqual([]);
    expect(checkModel(small)).toEqual([]);
    expect(operators(small).filter((op) => op === 'Constant')).toEqual([]);
    expect(small.graph!.initializers.filter(({ dataType }) => dataType === DataType.uint4)).toHaveLength(2);
    expect(small.graph!.nodes.filter(({ opType }) => opType === 'DequantizeLinear')).toHaveLength(1);
    const feeds = {
      yes: { dtype: 'bool', dims: [], data: Uint8Array.of(1) },
      x: { dtype: 'float16', dims: [1, 32], data: new Uint16Array(32).fill(0x3c00) },
    };
    const { y } = await runOnce(createInProcessInference(), signal, small, feeds);
    // 32 products of one and one.
    expect(new Set(y!.data as Uint16Array)).toEqual(new Set([0x5000]));
  });

  it('keeps 8 bits for layers that the options name', async () => {
    const bits = async (options: OptionValues) => {
      const { details } = await quantize(picture, { method: 'rtn', ...options });
      const table = details!['layers'];
      return table?.kind === 'table' ? table.rows.map((row) => row[2]) : undefined;
    };
    expect(await bits({})).toEqual([4, 4, 4]);
    expect(await bits({ bitsByLayer: { first: 8, 'graph/last': 8 } })).toEqual([8, 4, 8]);
  });

  it('shares scales by the option of a layer, and by the usual blocks in all others', async () => {
    const shares = async (options: OptionValues) => {
      const { changes } = await quantize(picture, { method: 'rtn', blockSize: '16', ...options });
      return changes.flatMap(({ what }) => /one scale per ([^,]+)/.exec(what)?.[1] ?? []);
    };
    expect(await shares({})).toEqual(['16', 'channel', 'channel']);
    expect(await shares({ blockSizeByLayer: { first: 0, 'graph/last': 32 } })).toEqual(Array(3).fill('channel'));
    expect(await shares({ blockSizeByLayer: { first: 32 } })).toEqual(['32', 'channel', 'channel']);
  });

  it('says of every weight that stays why', async () => {
    const odd = model(
      graph({
        nodes: [
          node('MatMul', ['x', 'w'], ['a'], {}, { name: 'excluded' }),
          node('MatMul', ['a', 'n'], ['b'], {}, { name: 'nan' }),
          node('MatMul', ['b', 's'], ['c'], {}, { name: 'small' }),
          node('MatMul', ['c', 'shared'], ['d'], {}, { name: 'shared' }),
          node('MatMul', ['batch', 'd'], ['e'], {}, { name: 'left' }),
          node('Add', ['e', 'shared'], ['f']),
          node('ConvTranspose', ['f', 'up'], ['g'], { group: 2n }, { name: 'up' }),
          node('DeformConv', ['g', 'bent', 'f'], ['y'], {}, { name: 'bent' }),
          node('Unsqueeze', ['w'], ['gates'], { axes: [0n] }),
          node('GRU', ['s1', 'gates', 'gates'], ['', 'r'], { hidden_size: 8n }, { name: 'recurrent' }),
        ],
        initializers: [
          weight('w', 32, 32),
          floatTensor('n', [32, 32], new Float32Array(1024).fill(Number.NaN)),
          weight('s', 32, 1),
          weight('shared', 1, 64),
          weight('batch', 2, 4, 32),
          weight('up', 4, 8, 3),
          weight('bent', 8, 4, 3, 3),
        ],
        inputs: [valueInfo('x', [32, 32]), valueInfo('s1', [1, 1, 32])],
        outputs: [valueInfo('y', null), valueInfo('r', null)],
      }),
    );
    const { model: same, refusals } = await quantize(odd, { method: 'rtn', exclude: ['excluded', 'nobody'] });
    expect(same).toBe(odd);
    expect(refusals.map(({ path, code }) => [path, code])).toEqual([
      ['nobody', 'no-such-node'],
      ['graph/excluded', 'excluded'],
      ['graph/left', 'unsupported-shape'],
      ['graph/up', 'unsupported-shape'],
      ['graph/bent', 'no-weight-only-form'],
      ['graph/recurrent', 'calculated-weight'],
      ['graph/small', 'not-smaller'],
      ['graph/shared', 'read-as-float'],
      ['graph/nan', 'not-finite'],
    ]);
    expect(refusals.find(({ code }) => code === 'no-weight-only-form')?.reason).toBe(
      'Weights of DeformConv stay float32: only MatMul, Gemm, Conv, ConvTranspose, Gather, LSTM, GRU can be quantized.',
    );
  });
});

describe('quantize-weights, on data', () => {
  const dataOf = (feeds: (seed: number) => Feeds, samples = 48): CalibrationData => ({
    fingerprint: '',
    samples,
    async *feeds() {
      for (let seed = 100; seed < 100 + samples; seed += 1) yield feeds(seed);
    },
  });

  it.each([
    ['text', text, ids],
    ['pictures', picture, pixels],
    ['series', series, steps],
  ] as const)(
    'comes nearer to the outputs than rounding to nearest, the same each time: %s',
    async (_, given, feeds) => {
      const inference = createInProcessInference();
      const context = { inference, data: dataOf(feeds), checkpoint: async () => signal.throwIfAborted() };
      const options = { exclude: given === text ? ['embed'] : [] };
      const run = () => quantize(given, options, context);
      const [nearest, swept, again] = [await quantize(given, { ...options, method: 'rtn' }), await run(), await run()];
      expect(swept.model).toEqual(again.model);
      expect(swept.sentence).toBeUndefined();
      expect(inference.sessions.open).toBe(0);
      const error = async (small: Model) => {
        let sum = 0;
        for (const seed of [1, 2, 3, 4]) sum += sqnr(await answerOf(given, seed), await outputOf(small, feeds(seed)));
        return sum / 4;
      };
      expect(await error(swept.model)).toBeGreaterThan((await error(nearest.model)) + 2);
    },
  );

  it('searches ranges, and reports missing data, and models that cannot be run on it', async () => {
    const without = await quantize(text, {});
    expect(without.sentence).toContain('there is no calibration data');
    const layers = without.changes.filter(({ op }) => op !== 'Model');
    expect(layers.every(({ what }) => what.endsWith('in the range of least squared error'))).toBe(true);
    const balanced = (await quantize(picture, {})).changes.filter(({ what }) => what.endsWith('rounded by SQuant'));
    // It alone reads what an activation gives.
    expect(balanced.map(({ path }) => path)).toEqual(['graph/depthwise']);
    const wrong = await quantize(text, {}, { inference: createInProcessInference(), data: dataOf(pixels) });
    expect(wrong.sentence).toContain('the model could not run on the data');
    expect(wrong.model).toEqual(without.model);
    // An explicit option gives the same result whatever the data.
    const context = { inference: createInProcessInference(), data: dataOf(ids) };
    const asked = await quantize(text, { method: 'by-layer' }, context);
    expect(asked.model).toEqual(without.model);
    expect(asked.sentence).toBeUndefined();
  });

  it('states the loss that a language model in 4 bits has without data', async () => {
    const sentenceWith = async (options: OptionValues) => (await quantize(decoder(), options)).sentence;
    const stated = 'expect about 30 % more perplexity';
    for (const method of ['gptq', 'by-layer']) expect(await sentenceWith({ method })).toContain(stated);
    expect(await sentenceWith({ bits: '8' })).not.toContain(stated);
    expect((await quantize(text, {})).sentence).not.toContain(stated);
  });

  it('says of layers that data tells nothing that they were not fitted to it', async () => {
    const broken = dataOf((seed) => {
      const feeds = pixels(seed);
      if (seed === 100) (feeds['x']!.data as Float32Array)[0] = NaN;
      return feeds;
    });
    const nothing = await quantize(picture, {}, { inference: createInProcessInference(), data: broken });
    expect(nothing.sentence).toContain('layers could not use the data');
    expect(nothing.changes.filter(({ what }) => what.endsWith('rounded by GPTQ'))).toEqual([]);
  });

  it('stops when canceled, with no session open', async () => {
    const controller = new AbortController();
    const inference = createInProcessInference();
    const stopping: CalibrationData = {
      ...dataOf(pixels),
      async *feeds() {
        for (let seed = 0; seed < 48; seed += 1) {
          if (seed === 3) controller.abort(new Error('enough'));
          yield pixels(seed);
        }
      },
    };
    const run = quantize(picture, {}, { inference, data: stopping, signal: controller.signal });
    await expect(run).rejects.toThrow('enough');
    expect(inference.sessions.open).toBe(0);
  });
});

it('takes numbers for its choices from a recipe', () => {
  expect(resolveOptions(quantizeWeights, { bits: 8, blockSize: 0 })).toMatchObject({ bits: '8', blockSize: '0' });
});
