import { describe, expect, it } from 'vitest';
import type { LabeledFeeds } from '../../../data/calibration-data';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import { findLayers } from './quantization-plan';
import { withoutUnevenColumns } from './uneven-columns';

const columns = 6;

/** A dense layer on a table, whose weights undo the sizes of columns, and one after it. */
function onTable(sizes: readonly number[], transB: boolean) {
  const random = createSeededRandom(3);
  const draw = (count: number): number[] => Array.from({ length: count }, () => 2 * random.next() - 1);
  const weight = draw(columns * 4).map((value, at) => value / sizes[transB ? at % columns : Math.floor(at / 4)]!);
  const net = model(
    graph({
      nodes: [
        node('Gemm', ['x', 'w'], ['hidden'], { transB: transB ? 1n : 0n }, { name: 'first' }),
        node('Relu', ['hidden'], ['r']),
        node('MatMul', ['r', 'v'], ['y'], {}, { name: 'last' }),
      ],
      initializers: [
        floatTensor('w', transB ? [4, columns] : [columns, 4], weight),
        floatTensor('v', [4, 3], draw(12)),
      ],
      inputs: [valueInfo('x', ['N', columns])],
      outputs: [valueInfo('y', ['N', 3])],
    }),
  );
  const samples = Array.from({ length: 64 }, (): LabeledFeeds => {
    const data = Float32Array.from(sizes, (size) => size * random.next());
    return { feeds: { x: { dtype: 'float32', dims: [1, columns], data } } };
  });
  return { net, samples };
}

describe('withoutUnevenColumns', () => {
  const units = [0.01, 1, 5, 100, 20, 2000];
  it.each([
    ['alike', [1, 1, 1, 1, 1, 1], []],
    ['of sizes up to 16 to 1', [1, 16, 4, 2, 8, 1], []],
    ['of different units', units, ['first']],
  ])('evaluates columns %s', (_, sizes, left) => {
    for (const transB of [false, true]) {
      const { net, samples } = onTable(sizes, transB);
      for (const quantizesActivations of [false, true]) {
        const found = withoutUnevenColumns(findLayers(net, { include: [], exclude: [] }), net, samples, {
          bits: 8,
          quantizesActivations,
        });
        expect(found.refusals.map(({ path }) => path)).toEqual(left.map((name) => `graph/${name}`));
        expect(found.layers.map(({ node: { name } }) => name)).toEqual(
          ['first', 'last'].filter((name) => !left.includes(name)),
        );
      }
    }
  });

  it('leaves a layer of like columns to 4 bits', () => {
    const { net, samples } = onTable([1, 1, 1, 1, 1, 1], true);
    const rounding = { bits: 4, quantizesActivations: true };
    expect(
      withoutUnevenColumns(findLayers(net, { include: [], exclude: [] }), net, samples, rounding).refusals,
    ).toEqual([]);
  });

  it('counts the rounding of activations only if they are quantized', () => {
    // One large value sets the step of the activations. The weights do not read its column.
    const net = model(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'], {}, { name: 'first' })],
        initializers: [floatTensor('w', [2, 2], [1, 1, 0, 0])],
        inputs: [valueInfo('x', ['N', 2])],
        outputs: [valueInfo('y', ['N', 2])],
      }),
    );
    const samples = Array.from({ length: 64 }, (_, at): LabeledFeeds => {
      const data = Float32Array.of((0.3 * at) / 63, at === 0 ? 100 : 0);
      return { feeds: { x: { dtype: 'float32', dims: [1, 2], data } } };
    });
    const refusedWith = (quantizesActivations: boolean) =>
      withoutUnevenColumns(findLayers(net, { include: [], exclude: [] }), net, samples, {
        bits: 8,
        quantizesActivations,
      }).refusals.map(({ code }) => code);
    expect([refusedWith(false), refusedWith(true)]).toEqual([[], ['uneven-columns']]);
  });
});
