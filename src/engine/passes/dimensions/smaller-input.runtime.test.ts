import { describe, expect, it } from 'vitest';
import { inspectInputs } from '../../analysis/inspect';
import { createSyntheticFeeds } from '../../data/synthetic';
import { checkModel } from '../../onnx/check';
import { describeShape } from '../../onnx/declared-shape';
import { DataType } from '../../onnx/data-type';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import type { Graph, Model } from '../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { resolveOptions } from '../options';
import { passContext } from '../testing/pass-context';
import { smallerInput } from './smaller-input';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';
import { outputsOf } from '../../../runtime/node/testing/make-variant';

const weight = (name: string, dims: readonly number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, at) => ((at * 7) % 5) / 10 - 0.1),
  );

/** A convolution, an average over its map, and four classes. */
function classifier(pool: Graph['nodes'][number], size: readonly (number | string)[], opset = 17): Model {
  return model(
    graph({
      inputs: [valueInfo('x', ['N', 3, ...size])],
      outputs: [valueInfo('y', ['N', 4])],
      initializers: [weight('w', [4, 3, 3, 3])],
      nodes: [
        node('Conv', ['x', 'w'], ['c'], { strides: [2n, 2n], pads: [1n, 1n, 1n, 1n] }),
        node('Relu', ['c'], ['r']),
        pool,
        node('Flatten', ['p'], ['y']),
      ],
    }),
    { opset },
  );
}
const globalPool = node('GlobalAveragePool', ['r'], ['p']);

async function shrink(original: Model, keep = 0.86, inference = createInProcessInference()) {
  const outcome = await smallerInput.run(original, resolveOptions(smallerInput, { keep }), passContext({ inference }));
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
}

const run = (made: Model, dimensions: Readonly<Record<string, number>> = {}) =>
  outputsOf(joinParts(encodeModel(made)), createSyntheticFeeds(inspectInputs(made), dimensions, 3));

describe('smaller-input', () => {
  it('takes the same pictures, and its layers read fewer pixels', async () => {
    const original = classifier(globalPool, [224, 224]);
    const { model: smaller, changes } = await shrink(original);
    expect(changes.map(({ what }) => what)).toEqual(['The layers read 192 × 192 of its 224 × 224 pixels.']);
    expect(describeShape(smaller.graph!.inputs[0]!)).toBe('N, 3, 224, 224');
    const [before, after] = [(await run(original))['y']!, (await run(smaller))['y']!];
    expect(after.dims).toEqual(before.dims);
    // Smooth pictures keep their mean in a convolution and an average.
    (after.data as Float32Array).forEach((value, at) =>
      expect(value).toBeCloseTo((before.data as Float32Array)[at]!, 1),
    );
  });

  it('averages maps of any size if the model averages the whole map', async () => {
    const pool = node('AveragePool', ['r'], ['p'], { kernel_shape: [112n, 112n] });
    const original = classifier(pool, [224, 224], 9);
    const { model: smaller, refusals } = await shrink(original);
    expect(refusals).toEqual([]);
    expect(smaller.graph!.nodes.map(({ opType }) => opType)).toContain('GlobalAveragePool');
    expect((await run(smaller))['y']!.dims).toEqual([1, 4]);
  });

  it('follows the size of each picture if that is free, in multiples of 32', async () => {
    const map = model(
      graph({
        inputs: [valueInfo('x', [1, 3, 'H', 'W'])],
        outputs: [valueInfo('y', [1, 3, 'H', 'W'])],
        nodes: [node('Relu', ['x'], ['y'])],
      }),
    );
    const { model: smaller } = await shrink(map);
    expect((await run(smaller, { H: 320, W: 224 }))['y']!.dims).toEqual([1, 3, 288, 192]);
    expect((await run(smaller, { H: 32, W: 40 }))['y']!.dims).toEqual([1, 3, 32, 32]);
  });

  it('shrinks pictures whose channels come last, and states the shapes that follow', async () => {
    const map = model(
      graph({
        inputs: [valueInfo('x', [1, 128, 160, 3])],
        outputs: [valueInfo('y', [1, 128, 160, 3])],
        nodes: [node('Relu', ['x'], ['y'])],
      }),
    );
    const { model: smaller } = await shrink(map, 0.5);
    expect(describeShape(smaller.graph!.outputs[0]!)).toBe('1, 64, 64, 3');
    expect((await run(smaller))['y']!.dims).toEqual([1, 64, 64, 3]);
  });

  it('cuts long texts and their masks, and leaves shorter ones whole', async () => {
    const ids = (name: string) => valueInfo(name, ['batch', 'length'], DataType.int64);
    const text = model(
      graph({
        inputs: [ids('input_ids'), ids('attention_mask')],
        outputs: [valueInfo('y', ['batch', 'length'], DataType.int64)],
        nodes: [node('Mul', ['input_ids', 'attention_mask'], ['y'])],
      }),
    );
    const { model: smaller } = await shrink(text, 0.5);
    for (const [length, left] of [
      [128, 64],
      [20, 20],
    ] as const) {
      const [before, after] = [(await run(text, { length }))['y']!, (await run(smaller, { length }))['y']!];
      expect(after.dims).toEqual([1, left]);
      expect(after.data).toEqual((before.data as BigInt64Array).subarray(0, left));
    }
  });

  it.each([
    ['a fixed number of positions', node('AveragePool', ['r'], ['p'], { kernel_shape: [110n, 110n] }), 'fixed-size'],
    ['small pictures', globalPool, 'no-input'],
  ])('refuses %s, and says why', async (_, pool, code) => {
    const original = classifier(pool, code === 'no-input' ? [64, 64] : [224, 224]);
    const { model: same, changes, refusals } = await shrink(original);
    expect([same, changes, refusals.map((each) => each.code)]).toEqual([original, [], [code]]);
    expect(refusals[0]!.reason).toMatch(/\.$/);
  });
});
