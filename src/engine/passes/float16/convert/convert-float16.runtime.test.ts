import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds, FeedTensor } from '../../../data/feeds';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { float16ToFloat32, float32ToFloat16 } from '../../../onnx/half-float';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../../onnx/testing/build';
import { nodes } from '../../../onnx/traverse';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import type { PassContext } from '../../pass';
import { passContext } from '../../testing/pass-context';
import { convertFloat16 } from './convert-float16';

const { signal } = new AbortController();
const inference = createInProcessInference();

const convert = (given: Model, options: OptionValues = {}, context: Partial<PassContext> = {}) =>
  convertFloat16.run(given, resolveOptions(convertFloat16, options), passContext(context));

const floats = (dims: readonly number[], ...data: number[]): FeedTensor => ({
  ...{ dtype: 'float32', dims, data: Float32Array.from(data) },
});

/** Runs both models on the same feeds, and returns their first outputs as numbers. */
async function answers(given: Model, small: Model, feeds: Feeds): Promise<readonly (readonly number[])[]> {
  expect(checkModel(small)).toEqual([]);
  const isHalf = (name: string): boolean =>
    small.graph!.inputs.some(({ name: input, type }) => input === name && type?.elementType === DataType.float16);
  const halves = Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => [
      name,
      isHalf(name) ? { ...feed, dtype: 'float16', data: float32ToFloat16(feed.data as Float32Array) } : feed,
    ]),
  );
  const [wanted, got] = await Promise.all([
    runOnce(inference, signal, given, feeds),
    runOnce(inference, signal, small, halves),
  ]);
  return [wanted, got].map((outputs) => {
    const { dtype, data } = Object.values(outputs)[0]!;
    return [...(dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : (data as Float32Array))];
  });
}

function expectClose([wanted = [], got = []]: readonly (readonly number[])[]): void {
  expect(got).toHaveLength(wanted.length);
  wanted.forEach((value, at) => expect(Math.abs(got[at]! - value)).toBeLessThanOrEqual(Math.abs(value) * 2e-3 + 1e-3));
}

const operators = (given: Model): string[] => [...nodes(given)].map((visit) => visit.node.opType ?? '');
const typesOf = (given: Model): Record<string, unknown> =>
  Object.fromEntries(given.graph!.initializers.map(({ name, dataType }) => [name, dataType]));

/** An If and a Loop that carry floats, read weights from around, and hold weights of their own. */
const bodies = model(
  graph({
    nodes: [
      node('Add', ['x', 'one'], ['a'], {}, { name: 'plus' }),
      node('If', ['yes'], ['chosen'], {
        then_branch: graph({ nodes: [node('Mul', ['a', 'one'], ['t'])], outputs: [valueInfo('t', [2])] }),
        else_branch: graph({
          initializers: [floatTensor('own', [], [3])],
          nodes: [node('Mul', ['a', 'own'], ['e'])],
          outputs: [valueInfo('e', [2])],
        }),
      }),
      node('Loop', ['trips', '', 'chosen'], ['y'], {
        body: graph({
          inputs: [valueInfo('i', [], DataType.int64), valueInfo('go', [], DataType.bool), valueInfo('carried', [2])],
          nodes: [
            node('Identity', ['go'], ['still']),
            node('Constant', [], ['half'], { value_float: 0.5 }),
            node('Mul', ['carried', 'half'], ['less']),
            node('Cast', ['i'], ['turn'], { to: 1n }),
            node('Add', ['less', 'turn'], ['next']),
          ],
          outputs: [valueInfo('still', [], DataType.bool), valueInfo('next', [2])],
        }),
      }),
    ],
    initializers: [floatTensor('one', [], [1]), int64Tensor('trips', [], [3])],
    inputs: [valueInfo('x', [2]), valueInfo('yes', [], DataType.bool)],
    outputs: [valueInfo('y', [2])],
  }),
);

describe('convert-float16', () => {
  it.each([true, false])(
    'converts If and Loop with their bodies; inputs and outputs kept: %s',
    async (keepInputsOutputs) => {
      const { model: small, refusals, sentence } = await convert(bodies, { keepInputsOutputs });
      expect(refusals).toEqual([]);
      expect(sentence).toContain('no data was given');
      const [input] = small.graph!.inputs;
      expect(input!.type!.elementType).toBe(keepInputsOutputs ? DataType.float32 : DataType.float16);
      expect(typesOf(small)).toEqual({ one: DataType.float16, trips: DataType.int64 });
      expect(small.graph!.outputs.map(({ name }) => name)).toEqual(['y']);
      for (const yes of [0, 1]) {
        const feeds = { x: floats([2], 1.5, -2), yes: { dtype: 'bool', dims: [], data: Uint8Array.of(yes) } };
        expectClose(await answers(bodies, small, feeds));
      }
    },
  );

  const chain = model(
    graph({
      nodes: [
        node('Mul', ['x', 'w'], ['m'], {}, { name: 'times' }),
        node('Max', ['m', 'w'], ['k'], {}, { name: 'larger' }),
        node('Mul', ['k', 'huge'], ['h'], {}, { name: 'huge' }),
        node('Div', ['h', 'huge'], ['d'], {}, { name: 'back' }),
        node('Add', ['d', 'tiny'], ['y'], {}, { name: 'last' }),
      ],
      initializers: [
        floatTensor('w', [2], [2, 3]),
        floatTensor('huge', [], [1e6]),
        floatTensor('tiny', [2], [1e-12, 1]),
      ],
      inputs: [valueInfo('x', [2])],
      outputs: [valueInfo('y', [2])],
    }),
  );

  it('keeps operators and nodes with numbers beyond float16 in float32, and constants in the types that are read', async () => {
    const { model: small, refusals } = await convert(chain);
    expect(refusals.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'graph/larger float-operator',
      'graph/huge overflow',
      'graph/back overflow',
    ]);
    expect(typesOf(small)).toEqual({
      w: DataType.float32,
      w_float16: DataType.float16,
      huge: DataType.float32,
      tiny: DataType.float16,
    });
    // A number that is not zero stays so.
    const tiny = small.graph!.initializers.find(({ name }) => name === 'tiny')!;
    expect(tiny.rawData!.read()[0]).toBe(1);
    expectClose(await answers(chain, small, { x: floats([2], 0.5, 4) }));
  });

  it('keeps nodes float32 if values exceed float16 on the data', async () => {
    const squares = model(
      graph({
        nodes: [
          node('Mul', ['x', 'x'], ['s'], {}, { name: 'square' }),
          node('Sqrt', ['s'], ['r'], {}, { name: 'root' }),
          node('Add', ['r', 'x'], ['y'], {}, { name: 'sum' }),
        ],
        inputs: [valueInfo('x', [2])],
        outputs: [valueInfo('y', [2])],
      }),
    );
    const feeds = { x: floats([2], 300, -4) };
    const data: CalibrationData = {
      ...{ fingerprint: '', samples: 1 },
      async *feeds() {
        yield feeds;
      },
    };
    const { model: small, refusals, sentence } = await convert(squares, {}, { data, inference });
    expect(sentence).toBeUndefined();
    expect(refusals.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'graph/square overflow',
      'graph/root overflow',
    ]);
    expectClose(await answers(squares, small, feeds));
    expect((await convert(squares)).refusals).toEqual([]);
  });

  it('keeps float32 without data from a mask beyond float16 to the node that bounds it', async () => {
    const masked = model(
      graph({
        nodes: [
          node('Sub', ['one', 'mask'], ['hidden'], {}, { name: 'invert' }),
          node('Mul', ['hidden', 'lowest'], ['bias'], {}, { name: 'bias' }),
          node('Unsqueeze', ['bias', 'axis'], ['wide'], {}, { name: 'widen' }),
          node('Mul', ['x', 'scale'], ['scores'], {}, { name: 'scores' }),
          node('Add', ['scores', 'wide'], ['masked'], {}, { name: 'add' }),
          node('Softmax', ['masked'], ['p'], {}, { name: 'softmax' }),
          node('Mul', ['p', 'scale'], ['y'], {}, { name: 'last' }),
        ],
        initializers: [
          floatTensor('one', [], [1]),
          floatTensor('lowest', [], [-3.4e38]),
          floatTensor('scale', [], [0.5]),
          int64Tensor('axis', [1], [0]),
        ],
        inputs: [valueInfo('x', [2, 3]), valueInfo('mask', [3])],
        outputs: [valueInfo('y', [2, 3])],
      }),
    );
    const { model: small, refusals } = await convert(masked);
    expect(refusals.map(({ path, code }) => `${path} ${code}`)).toEqual(
      ['bias', 'widen', 'add', 'softmax'].map((name) => `graph/${name} overflow`),
    );
    // All are masked in one row of a batch that was filled up: infinities would give no number.
    const feeds = { x: floats([2, 3], 1, 2, 3, 4, 5, 6), mask: floats([3], 0, 0, 0) };
    expectClose(await answers(masked, small, feeds));
    // A bound, and a scale that takes the numbers back, lead nowhere.
    const bounded = model(
      graph({
        nodes: [
          node('Clip', ['x', '', 'huge'], ['c'], {}, { name: 'clip' }),
          node('Mul', ['c', 'huge'], ['large'], {}, { name: 'enlarge' }),
          node('Mul', ['large', 'tiny'], ['small'], {}, { name: 'shrink' }),
          node('Relu', ['small'], ['y'], {}, { name: 'relu' }),
        ],
        initializers: [floatTensor('huge', [], [1e6]), floatTensor('tiny', [], [1e-6])],
        inputs: [valueInfo('x', [2])],
        outputs: [valueInfo('y', [2])],
      }),
    );
    expect((await convert(bounded)).refusals.map(({ path }) => path)).toEqual([
      'graph/clip',
      'graph/enlarge',
      'graph/shrink',
    ]);
  });

  it('converts values without elements, and keeps those that are not finite on the data', async () => {
    const given = model(
      graph({
        nodes: [
          node('Slice', ['x', 'start', 'end'], ['empty'], {}, { name: 'slice' }),
          node('Relu', ['empty'], ['none'], {}, { name: 'relu' }),
          node('Log', ['x'], ['logs'], {}, { name: 'log' }),
          node('Concat', ['none', 'logs'], ['y'], { axis: 0n }, { name: 'join' }),
        ],
        initializers: [int64Tensor('start', [1], [2]), int64Tensor('end', [1], [4])],
        inputs: [valueInfo('x', [2])],
        outputs: [valueInfo('y', [2])],
      }),
    );
    const data: CalibrationData = {
      ...{ fingerprint: '', samples: 1 },
      async *feeds() {
        yield { x: floats([2], 0, 4) };
      },
    };
    const { refusals, sentence } = await convert(given, {}, { data, inference });
    expect(sentence).toBeUndefined();
    expect(refusals.map(({ path, code }) => `${path} ${code}`)).toEqual(['graph/log overflow', 'graph/join overflow']);
  });

  it('keeps the scales of a Resize, retypes operators that make numbers, and finds free names', async () => {
    const mixed = model(
      graph({
        nodes: [
          node('ConstantOfShape', ['shape'], ['zeros']),
          node('Add', ['x', 'zeros'], ['x_float16'], {}, { name: 'x_float16' }),
          node('Resize', ['x_float16', '', 'scales'], ['y'], { mode: 'linear' }, { name: 'resize' }),
        ],
        initializers: [int64Tensor('shape', [4], [1, 1, 2, 2]), floatTensor('scales', [4], [1, 1, 2, 2])],
        inputs: [valueInfo('x', [1, 1, 2, 2])],
        outputs: [valueInfo('y', [1, 1, 4, 4])],
      }),
    );
    const { model: small, refusals } = await convert(mixed);
    expect(refusals).toEqual([]);
    expect(typesOf(small)['scales']).toBe(DataType.float32);
    expect(operators(small).filter((op) => op === 'Cast')).toHaveLength(2);
    expectClose(await answers(mixed, small, { x: floats([1, 1, 2, 2], 1, 2, 3, 4) }));
  });

  it('leaves a model alone that has nothing to convert', async () => {
    const integers = model(
      graph({
        nodes: [node('Identity', ['x'], ['y'])],
        inputs: [valueInfo('x', [2], DataType.int64)],
        outputs: [valueInfo('y', [2], DataType.int64)],
      }),
    );
    expect((await convert(integers)).model).toBe(integers);
    expect((await convert(chain, { include: ['nobody'] })).model).toBe(chain);
  });
});

it('casts an output once that a model lists twice', async () => {
  const twice = model(
    graph({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [valueInfo('x', [2])],
      outputs: [valueInfo('y', [2]), valueInfo('y', [2])],
    }),
  );
  const { model: small } = await convert(twice, { keepInputsOutputs: true });
  expect(checkModel(small)).toEqual([]);
  expect(operators(small).filter((op) => op === 'Cast')).toHaveLength(2);
});

describe('operators that crash native ONNX Runtime in float16', () => {
  const transposed = (perm: readonly number[], weight: 'constant' | 'shared' | 'input'): Model =>
    model(
      graph({
        nodes: [
          ...(weight === 'shared' ? [node('Identity', ['w'], ['same'])] : []),
          node('Transpose', ['x'], ['t'], { perm: perm.map(BigInt) }),
          node('MatMul', ['t', weight === 'shared' ? 'same' : 'w'], ['y']),
        ],
        initializers: weight !== 'input' ? [floatTensor('w', [2, 2], [1, 2, 3, 4])] : [],
        inputs: [valueInfo('x', [2, 2, 2]), ...(weight === 'input' ? [valueInfo('w', [2, 2])] : [])],
        outputs: [valueInfo('y', null)],
      }),
    );

  it.each([
    [[1, 0, 2], 'constant', ['Transpose', 'Cast', 'MatMul', 'Cast']],
    [[1, 0, 2], 'shared', ['Identity', 'Transpose', 'Cast', 'MatMul', 'Cast']],
    [[1, 2, 0], 'constant', ['Transpose', 'Cast', 'MatMul', 'Cast']],
    [[0, 2, 1], 'constant', ['Cast', 'Transpose', 'MatMul', 'Cast']],
    [[1, 0, 2], 'input', ['Cast', 'Transpose', 'Cast', 'MatMul', 'Cast']],
  ] as const)('goes on in float32: a Transpose by %j before a MatMul, with a weight that is %s', async (...given) => {
    const [perm, weight, expected] = given;
    const before = transposed(perm, weight);
    const { model: small, refusals } = await convert(before);
    expect(operators(small)).toEqual(expected);
    expect(refusals.map(({ code }) => code)).toEqual(expected[0] !== 'Cast' ? ['crashes-in-float16'] : []);
    const x = floats([2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8);
    expectClose(await answers(before, small, { x, ...(weight === 'input' && { w: floats([2, 2], 1, 2, 3, 4) }) }));
  });
});

describe('layer normalization that is written as means and a root', () => {
  const spelled = (before: readonly ReturnType<typeof node>[], x: string) =>
    model(
      graph({
        inputs: [valueInfo('given', [2, 4])],
        outputs: [valueInfo('y', [2, 4])],
        initializers: [
          floatTensor('two', [], [2]),
          floatTensor('epsilon', [], [1e-3]),
          floatTensor('scale', [4], [1, 2, 3, 4]),
          floatTensor('bias', [4], [0, 1, 0, 1]),
        ],
        nodes: [
          ...before,
          node('ReduceMean', [x], ['mean'], { axes: [-1n] }),
          node('Sub', [x, 'mean'], ['centered']),
          node('Pow', ['centered', 'two'], ['square']),
          node('ReduceMean', ['square'], ['variance'], { axes: [-1n] }),
          node('Add', ['variance', 'epsilon'], ['safe']),
          node('Sqrt', ['safe'], ['deviation']),
          node('Div', ['centered', 'deviation'], ['normal']),
          node('Mul', ['normal', 'scale'], ['scaled']),
          node('Add', ['scaled', 'bias'], ['y']),
        ],
      }),
    );
  const feeds = { given: floats([2, 4], 1, 2, 3, 5, -1, 0, 4, 9) };

  it('stays in float32 up to its scale if its input is float32: the runtime would not open it', async () => {
    const given = spelled([], 'given');
    const { model: small, refusals } = await convert(given);
    expectClose(await answers(given, small, feeds));
    expect(refusals.map(({ op }) => op)).toEqual([
      'ReduceMean',
      'Sub',
      'Pow',
      'ReduceMean',
      'Add',
      'Sqrt',
      'Div',
      'Mul',
    ]);
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['normalization-of-float32']));
    expect(typesOf(small)).toMatchObject({ scale: DataType.float32, bias: DataType.float16 });
  });

  it('becomes float16 if its input is float16', async () => {
    const given = spelled([node('Neg', ['given'], ['x'])], 'x');
    const { model: small, refusals } = await convert(given);
    expect(refusals).toEqual([]);
    expectClose(await answers(given, small, feeds));
  });
});
