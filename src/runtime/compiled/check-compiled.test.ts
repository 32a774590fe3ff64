import { describe, expect, it } from 'vitest';
import { compileModel } from '../../engine/compile/compile-model';
import type { Feeds } from '../../engine/data/feeds';
import type { Inference } from '../../engine/inference';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { DataType } from '../../engine/onnx/data-type';
import type { Model } from '../../engine/onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createTensor } from '../../engine/onnx/tensor';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import { runModelInNode } from '../testing/run-model';
import { checkCompiled } from './check-compiled';

const inference = {
  open: (_signal: AbortSignal, opened: Model) =>
    Promise.resolve({
      run: (feeds: Feeds) => runModelInNode(joinParts(encodeModel(opened)), feeds),
      close: () => undefined,
    }),
} as unknown as Inference;
const { signal } = new AbortController();
const host = { signal, inference, checkpoint: () => Promise.resolve() } as unknown as RecipeHost;

/** A detector that finds nothing: its outputs are near 1e-6. */
const detector = (bias: number): Model =>
  model(
    graph({
      nodes: [node('Add', ['x', 'bias'], ['sum']), node('Sigmoid', ['sum'], ['y'])],
      initializers: [floatTensor('bias', [1], [bias])],
      inputs: [valueInfo('x', [64])],
      outputs: [valueInfo('y', [64])],
    }),
  );

/** A product of integers with scales that each run computes. */
const quantizedProduct = (scale: number): Model =>
  model(
    graph({
      nodes: [
        node('DynamicQuantizeLinear', ['x'], ['q', 'qs', 'qz']),
        node('MatMulInteger', ['q', 'w', 'qz'], ['sums']),
        node('Cast', ['sums'], ['floats'], { to: 1n }),
        node('Mul', ['qs', 'ws'], ['s']),
        node('Mul', ['floats', 's'], ['y']),
      ],
      initializers: [
        createTensor({
          name: 'w',
          dataType: DataType.int8,
          dims: [64, 8],
          bytes: new Uint8Array(Int8Array.from({ length: 512 }, (_, at) => ((at * 37) % 251) - 125).buffer),
        }),
        floatTensor('ws', [1], [0.01 * scale]),
      ],
      inputs: [valueInfo('x', [1, 64])],
      outputs: [valueInfo('y', [1, 8])],
    }),
  );

const samples = [0, 1].map((seed): Feeds => {
  const data = Float32Array.from({ length: 64 }, (_, at) => Math.sin(at + seed));
  return { x: { dtype: 'float32', dims: [64], data } };
});

describe('the check of a compiled module', () => {
  it('uses exact sigmoids if those of the runtime are the larger error', async () => {
    const checked = await checkCompiled(detector(-14), compileModel(detector(-14)).compiled!, samples, host);
    expect(checked).toMatchObject({ against: 'exact-sigmoids', isExact: true });
    expect(checked.sqnrDb).toBeGreaterThan(100);
  });

  it('finds a module that is wrong by a thousandth', async () => {
    const wrong = compileModel(detector(-14.001)).compiled!;
    expect(await checkCompiled(detector(-14), wrong, samples, host)).toMatchObject({ isExact: false });
  });

  it('tells a module of integers that is wrong from one that rounds otherwise', async () => {
    const rows = samples.map(({ x }) => ({ x: { ...x!, dims: [1, 64] } }));
    const compiledOf = (scale: number) => compileModel(quantizedProduct(scale)).compiled!;
    const check = (scale: number) => checkCompiled(quantizedProduct(1), compiledOf(scale), rows, host);
    expect(await check(1)).toMatchObject({ isWrong: false });
    // A hundredth is what 8 bits round. A half is no rounding.
    expect(await check(1.01)).toMatchObject({ isExact: false, isWrong: false });
    expect(await check(1.5)).toMatchObject({ isExact: false, isWrong: true });
  });
});
