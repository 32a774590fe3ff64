import { describe, expect, it } from 'vitest';
import { compileModel } from '../../engine/compile/compile-model';
import type { Feeds } from '../../engine/data/feeds';
import type { Inference } from '../../engine/inference';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import type { Model } from '../../engine/onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
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
});
