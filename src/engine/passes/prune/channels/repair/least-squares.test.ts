import { describe, expect, it } from 'vitest';
import { NormalSums } from '../../../../linear-algebra/normal-sums';
import { floatTensor, node } from '../../../../onnx/testing/build';
import { createSeededRandom } from '../../../../seeded-random';
import { layerMatrix, tensorOfMatrix } from './layer-matrix';
import { channelView, PatchReader, spreadPositions } from './layer-rows';
import { fitLinear, squaredError } from './least-squares';

const go = () => Promise.resolve();

const plain = { hasBias: true, ridge: 1e-3 };

describe('fitLinear', () => {
  /** y = W·x + b with noise. */
  async function sumsOf(samples: number, weights: readonly number[], bias: number, seed: number): Promise<NormalSums> {
    const random = createSeededRandom(seed);
    const sums = new NormalSums(weights.length, 1);
    for (let sample = 0; sample < samples; sample += 1) {
      let y = bias + (random.next() - 0.5) * 1e-3;
      weights.forEach((weight, input) => {
        const x = random.next() + input;
        sums.inputPanel[input * sums.capacity + sample] = x;
        y += weight * x;
      });
      sums.outputPanel[sample] = y;
    }
    await sums.addPanel(samples, go);
    return sums;
  }

  it('finds weights and bias, and its error is the one that the sums tell', async () => {
    const sums = await sumsOf(200, [2, -1, 0.5], 3, 1);
    const fit = (await fitLinear(sums, Float64Array.of(2, -1, 0.5), plain, go))!;
    [2, -1, 0.5].forEach((weight, at) => expect(fit.weights[at]).toBeCloseTo(weight, 2));
    expect(fit.bias[0]).toBeCloseTo(3, 2);
    const other = await sumsOf(100, [2, -1, 0.5], 3, 2);
    expect(squaredError(other, fit)).toBeLessThan(1e-6);
    expect(squaredError(other, { weights: Float64Array.of(2, -1, 0.5), bias: Float64Array.of(4) })).toBeCloseTo(1, 2);
  });

  it('gives nothing if weights grow far beyond their old size, or without samples', async () => {
    expect(await fitLinear(await sumsOf(200, [20, -10], 0, 1), Float64Array.of(0.1, 0.1), plain, go)).toBeNull();
    expect(await fitLinear(new NormalSums(2, 1), Float64Array.of(1, 1), plain, go)).toBeNull();
  });
});

describe('PatchReader', () => {
  it.each([
    ['padding and strides', { pads: [1n, 0n, 1n, 2n], strides: [2n, 1n] }, [3, 7]],
    ['dilation', { dilations: [2n, 1n], pads: [2n, 1n, 2n, 1n] }, [5, 6]],
    ['automatic padding', { auto_pad: 'SAME_UPPER', strides: [2n, 2n] }, [3, 3]],
  ])('reads the operands of a convolution, with %s', (_, attributes, [height, width]) => {
    const random = createSeededRandom(2);
    const [channels, rows, columns] = [2, 5, 6];
    const data = Float32Array.from({ length: channels * rows * columns }, () => random.next());
    const view = channelView({ dtype: 'float32', dims: [1, channels, rows, columns], data }, 'convolution')!;
    const reader = new PatchReader(node('Conv', [], [], attributes), [3, 3], [rows, columns], [height!, width!]);
    const count = height! * width!;
    const panel = new Float64Array(channels * 9 * count);
    reader.write(
      view,
      { first: 0, end: channels },
      Int32Array.from({ length: count }, (__, at) => at),
      panel,
      count,
    );
    const numbers = (name: string, usual: readonly number[]): readonly number[] =>
      ((attributes as Record<string, unknown>)[name] as readonly bigint[] | undefined)?.map(Number) ?? usual;
    const [strides, dilations] = [numbers('strides', [1, 1]), numbers('dilations', [1, 1])];
    // 5 rows in steps of 2 give 3: one row of padding on each side; 6 columns in steps of 2: one, behind.
    const pads = 'auto_pad' in attributes ? [1, 0] : numbers('pads', [0, 0, 0, 0]);
    for (let position = 0; position < count; position += 1) {
      for (let tap = 0; tap < 9; tap += 1) {
        const y = Math.floor(position / width!) * strides[0]! + Math.floor(tap / 3) * dilations[0]! - pads[0]!;
        const x = (position % width!) * strides[1]! + (tap % 3) * dilations[1]! - pads[1]!;
        const isInside = y >= 0 && y < rows && x >= 0 && x < columns;
        for (let channel = 0; channel < channels; channel += 1) {
          const expected = isInside ? data[(channel * rows + y) * columns + x]! : 0;
          expect(panel[(channel * 9 + tap) * count + position]).toBe(expected);
        }
      }
    }
  });

  it('spreads positions over all of them, other ones for other samples', () => {
    const view = { values: new Float32Array(0), outer: 1, channels: 1, inner: 100 };
    expect(new Set(spreadPositions(view, 100, 5)).size).toBe(100);
    const [first, second] = [spreadPositions(view, 10, 0), spreadPositions(view, 10, 1)];
    expect(new Set(first).size).toBe(10);
    expect([...second]).not.toEqual([...first]);
  });
});

describe('layerMatrix', () => {
  it('gives outputs by inputs for every layout, and back', () => {
    const values = Float32Array.from({ length: 12 }, (_, at) => at);
    const layer = (opType: string, consumes: number, produces: number, attributes = {}) => ({
      path: 'graph/layer',
      node: node(opType, ['x', 'w'], ['y'], attributes),
      weight: 'w',
      input: 1,
      via: [],
      data: 'x',
      consumes,
      produces,
    });
    for (const [of, dims] of [
      [layer('MatMul', 0, 1), [4, 3]],
      [layer('Gemm', 1, 0, { transB: 1n }), [3, 4]],
      [layer('Conv', 1, 0), [3, 2, 2]],
      [layer('ConvTranspose', 0, 1), [2, 3, 2]],
    ] as const) {
      const tensor = floatTensor('w', dims, values);
      const matrix = layerMatrix(of, tensor)!;
      expect([matrix.outputs, matrix.inputs * matrix.taps]).toEqual([3, 4]);
      expect(tensorOfMatrix(of, tensor, matrix)).toEqual(tensor);
    }
    expect([...layerMatrix(layer('MatMul', 0, 1), floatTensor('w', [4, 3], values))!.values.subarray(0, 4)]).toEqual([
      0, 3, 6, 9,
    ]);
    expect(layerMatrix(layer('Gemm', 0, 1, { alpha: 2 }), floatTensor('w', [4, 3], values))).toBeUndefined();
  });
});
