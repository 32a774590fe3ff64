import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import { encodedBytes } from '../../../onnx/codec/encode-files';
import { DataType } from '../../../onnx/data-type';
import type { Model, Node, Tensor } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import type { Progress } from '../../../progress';
import { resolveRecipe } from '../../../recipe/pipeline';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import { passContext, testContext } from '../../testing/pass-context';
import { runStoreFloat16 } from './run-store-float16';
import { storeFloat16 } from './store-float16';

const size = 32;
const numbers = (factor = 1): number[] => Array.from({ length: size }, (_, at) => ((at % 7) - 3.1) * factor);
const weight = (name: string, values = numbers()): Tensor => floatTensor(name, [values.length], values);

const codes = createTensor({
  name: 'codes',
  dataType: DataType.int8,
  dims: [size, 1],
  bytes: Int8Array.from(numbers(10)),
});
const scales = weight(
  'scales',
  numbers().map((value) => Math.abs(value) / 64),
);

/** Weights of 8 bits, multiplied and added to what stays float. */
function network(initializers: readonly Tensor[], more: readonly Node[] = []): Model {
  return model(
    graph({
      inputs: [valueInfo('x', [1, size])],
      outputs: [valueInfo('y', [1, size])],
      initializers,
      nodes: [
        node('DequantizeLinear', ['codes', 'scales'], ['column'], { axis: 0n }),
        node('Transpose', ['column'], ['row'], { perm: [1n, 0n] }),
        node('Mul', ['x', 'row'], ['product']),
        node('Add', ['product', 'bias'], ['y'], {}, { name: 'sum' }),
        ...more,
      ],
    }),
  );
}

async function store(given: Model, options: OptionValues = {}) {
  const outcome = await storeFloat16.run(given, resolveOptions(storeFloat16, options), passContext());
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
}

async function outputsOf(given: Model): Promise<readonly number[]> {
  const feeds = { x: { dtype: 'float32', dims: [1, size], data: Float32Array.from(numbers(0.3)) } } as const;
  const { y } = await runOnce(createInProcessInference(), new AbortController().signal, given, feeds);
  return [...(y!.data as Float32Array)];
}

const typesOf = ({ graph: main }: Model): number[] =>
  main!.initializers.map(({ dataType = 0 }) => dataType).toSorted((a, b) => a - b);

describe('store-float16', () => {
  it('stores floats in half of their bytes, scales too, and keeps the outputs', async () => {
    const original = network([codes, scales, weight('bias')]);
    const { model: stored, changes, refusals, sentence } = await store(original);
    expect(typesOf(stored)).toEqual([DataType.int8, DataType.float16, DataType.float16]);
    expect(changes.map(({ path, op }) => [path, op])).toEqual([
      ['graph/scales', 'DequantizeLinear'],
      ['graph/bias', 'Add'],
    ]);
    expect(refusals).toEqual([]);
    expect(sentence).toMatch(/^Storing 2 constants as float16 saved \d+\sbytes /);
    expect(encodedBytes(stored)).toBeLessThan(encodedBytes(original) - 2 * (2 * size - 45));
    // Names stay with the values: layers are found by them.
    expect(stored.graph!.nodes.filter(({ opType }) => opType === 'Cast').map(({ outputs }) => outputs)).toEqual([
      ['scales'],
      ['bias'],
    ]);
    const [wanted, got] = await Promise.all([original, stored].map(outputsOf));
    wanted!.forEach((value, at) => expect(Math.abs(got![at]! - value)).toBeLessThan(2e-3 * (1 + Math.abs(value))));
    expect(got).not.toEqual(wanted);
  });

  it('stores floats as bfloat16 with the range of float32, and leaves scales', async () => {
    const original = network([codes, scales, weight('bias', numbers().with(0, 1e9))]);
    const { model: stored, refusals, sentence } = await store(original, { type: 'bfloat16' });
    expect(typesOf(stored)).toEqual([DataType.float32, DataType.int8, DataType.bfloat16]);
    expect(refusals).toEqual([]);
    expect(sentence).toMatch(/^Storing 1 constant as bfloat16 saved /);
    const [wanted, got] = await Promise.all([original, stored].map(outputsOf));
    wanted!.forEach((value, at) => expect(Math.abs(got![at]! - value)).toBeLessThan(2e-2 * (1 + Math.abs(value))));
    expect(got).not.toEqual(wanted);
    const nan = await store(network([codes, scales, weight('bias', [...numbers(), NaN])]), { type: 'bfloat16' });
    expect(nan.refusals.map(({ code }) => code)).toEqual(['beyond-bfloat16']);
    const old = { ...original, opsetImports: [{ domain: '', version: 12n }] };
    const refused = await storeFloat16.run(old, resolveOptions(storeFloat16, { type: 'bfloat16' }), passContext());
    expect(refused.refusals.map(({ code }) => code)).toEqual(['opset']);
  });

  it('keeps scales as constants by its option, and for computation in integers', async () => {
    const floatsOnly = [DataType.float32, DataType.int8, DataType.float16];
    const original = network([codes, scales, weight('bias')]);
    expect(typesOf((await store(original, { scales: false })).model)).toEqual(floatsOnly);
    const integers = network(
      [codes, scales, weight('bias'), floatTensor('step', [1], [0.1])],
      [node('QuantizeLinear', ['product', 'step'], ['integers'])],
    );
    expect(typesOf((await store(integers)).model).filter((type) => type === DataType.float16)).toHaveLength(1);
  });

  it('leaves numbers that float16 cannot hold, or not in all of its digits', async () => {
    const reasonsOf = async (bias: Tensor, ...more: readonly Node[]) =>
      (await store(network([codes, scales, bias], more))).refusals.map(({ path, code }) => [path, code]);
    expect(await reasonsOf(weight('bias', [...numbers(), 1e5]))).toEqual([['graph/bias', 'beyond-float16']]);
    expect(await reasonsOf(weight('bias', [...numbers(), Number.NaN]))).toEqual([['graph/bias', 'beyond-float16']]);
    expect(await reasonsOf(weight('bias', numbers(1e-7)))).toEqual([['graph/bias', 'too-small']]);
    // Among larger ones a small number adds nothing, unless it is divided by, or is the scale of integers.
    const withSmall = weight('bias', [...numbers(), 1e-7]);
    expect(await reasonsOf(withSmall)).toEqual([]);
    expect(await reasonsOf(withSmall, node('Div', ['x', 'bias'], ['quotient']))).toEqual([['graph/bias', 'too-small']]);
    const small = weight('scales', [...(scales.rawData ? numbers().map((value) => Math.abs(value) * 1e-5) : [])]);
    expect((await store(network([codes, small, weight('bias')]))).refusals).toMatchObject([{ path: 'graph/scales' }]);
  });

  it('stores outer weights that a body reads once, and weights of the body itself', async () => {
    const branch = (name: string): Model['graph'] =>
      graph({
        initializers: [weight(`${name}_own`)],
        nodes: [node('Add', ['x', 'bias'], [`${name}_sum`]), node('Mul', [`${name}_sum`, `${name}_own`], [name])],
        outputs: [valueInfo(name, [1, size])],
      });
    const given = model(
      graph({
        inputs: [valueInfo('x', [1, size]), valueInfo('yes', [], DataType.bool)],
        outputs: [valueInfo('y', [1, size])],
        initializers: [weight('bias'), floatTensor('few', [2], [1, 2])],
        nodes: [
          node('If', ['yes'], ['y'], { then_branch: branch('then')!, else_branch: branch('else')! }),
          node('Identity', ['few'], ['unread']),
        ],
      }),
    );
    const { model: stored, changes } = await store(given);
    expect(changes.map(({ path }) => path)).toEqual([
      'graph/bias',
      'graph/If_0.then_branch/then_own',
      'graph/If_0.else_branch/else_own',
    ]);
    expect(typesOf(stored)).toEqual([DataType.float32, DataType.float16]);
  });

  it('says why nothing was done', async () => {
    const codesOf = async (given: Model, options?: OptionValues) => {
      const outcome = await store(given, options);
      expect(outcome.model).toBe(given);
      return outcome.refusals.map(({ code }) => code);
    };
    const network1 = network([codes, scales, weight('bias')]);
    expect(await codesOf(network1, { leastSaving: 0.9 })).toEqual(['little-saved']);
    expect(await codesOf({ ...network1, opsetImports: [{ version: 5n }] })).toEqual(['opset']);
    const plain = model(
      graph({
        inputs: [valueInfo('x', [1, size])],
        outputs: [valueInfo('y', [1, size])],
        nodes: [node('Relu', ['x'], ['y'])],
      }),
    );
    expect(await codesOf(plain)).toEqual(['nothing-found']);
  });

  it('gives the same bytes whether numbers are kept or computed when they are read', async () => {
    const given = network([codes, scales, weight('bias')]);
    const options = { type: 'float16', scales: true, cache: false, leastSaving: 0 } as const;
    const [kept, computed] = await Promise.all(
      [2 ** 20, 0].map(async (bytesToKeep) => {
        const { model: stored } = await runStoreFloat16(given, options, passContext(), bytesToKeep);
        return stored.graph!.initializers.map(({ rawData }) => [...rawData!.read(0, rawData!.sizeBytes)]);
      }),
    );
    expect(computed).toEqual(kept);
  });

  it('tells how far it is, stops when told to, and lets only names be changed behind it', async () => {
    const reports: Progress[] = [];
    const given = network([codes, scales, weight('bias')]);
    await storeFloat16.run(given, resolveOptions(storeFloat16, {}), testContext(reports));
    expect(reports.at(-1)).toMatchObject({ done: 2 * size, total: 2 * size });
    const controller = new AbortController();
    controller.abort();
    await expect(
      storeFloat16.run(given, resolveOptions(storeFloat16, {}), testContext([], controller)),
    ).rejects.toThrow('abort');
    const recipe = (...passes: readonly string[]) => ({
      ...{ version: 1 as const, seed: 0 },
      steps: passes.map((pass) => ({ pass, enabled: true, options: {} })),
    });
    expect(resolveRecipe(recipe('quantize-weights', 'store-float16', 'shorten-names'))).toHaveLength(3);
    for (const later of ['quantize-weights', 'store-float16'])
      expect(() => resolveRecipe(recipe('store-float16', later))).toThrow(/must come last|twice/);
    expect(() => resolveRecipe(recipe('shorten-names', 'store-float16'))).toThrow('must come last');
  });
});
