import { describe, expect, it } from 'vitest';
import { CovarianceSums } from '../../../linear-algebra/covariance-sums';
import { createSeededRandom } from '../../../seeded-random';
import { roundByAdaRound } from './adaround';
import { roundByGptq } from './gptq';
import { LayerInput } from './layer-input';
import { fitMinMax } from './fits/min-max';
import { roundOnInputs } from './round-on-inputs';
import { dequantize, fitGrid, levelsOf, roundToGrid } from './weight-grid';

const checkpoint = (): Promise<void> => Promise.resolve();
const levels = levelsOf({ bits: 4, symmetric: false, blockSize: 16 });
const rounders = { gptq: roundByGptq, adaround: roundByAdaRound };

/** Sums over samples of inputs that depend on each other, one of which never changes; `noise` is what the float model did not have. */
async function observe(columns: number, samples: number, noise: number) {
  const random = createSeededRandom(7);
  const draw = (): number => random.next() + random.next() + random.next() - 1.5;
  const sums = new CovarianceSums(columns, noise > 0 ? columns : 0);
  const quantized: Float32Array[] = [];
  const float: Float32Array[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const common = draw();
    const f = Float32Array.from({ length: columns }, (_, at) => (at === 3 ? 2 : draw() + 2 * common + at / 8));
    const q = f.map((value, at) => (at === 3 ? value : value * (1 - noise) + noise * (draw() + 0.5)));
    float.push(f);
    quantized.push(q);
    const at = sample % sums.capacity;
    for (let column = 0; column < columns; column += 1) {
      sums.inputPanel[column * sums.capacity + at] = q[column]!;
      if (noise > 0) sums.outputPanel[column * sums.capacity + at] = f[column]!;
    }
    if (at === sums.capacity - 1 || sample === samples - 1) await sums.addPanel(at + 1, checkpoint);
  }
  return { input: new LayerInput(sums), quantized, float };
}

function multiply(weight: ArrayLike<number>, rows: number, x: Float32Array): number[] {
  return Array.from({ length: rows }, (_, row) =>
    x.reduce((sum, value, column) => sum + value * weight[row * x.length + column]!, 0),
  );
}

/** Mean square error of outputs, and the mean error of each. */
function compare(wanted: readonly number[][], got: readonly number[][]): { mse: number; means: number[] } {
  const means = wanted[0]!.map(
    (_, row) => wanted.reduce((sum, y, at) => sum + y[row]! - got[at]![row]!, 0) / wanted.length,
  );
  const squares = wanted.flatMap((y, at) => y.map((value, row) => (value - got[at]![row]!) ** 2));
  return { mse: squares.reduce((sum, square) => sum + square, 0) / squares.length, means };
}

describe.each(['gptq', 'adaround'] as const)('roundOnInputs by %s', (method) => {
  const choice = { levels, fitBlock: fitMinMax, round: rounders[method] };
  const rows = 6;
  const columns = 40;
  const random = createSeededRandom(1);
  const weight = Float32Array.from({ length: rows * columns }, () => random.next() - 0.4);

  it.each([
    ['inputs of the float model', 0],
    ['inputs that earlier layers have changed', 0.2],
  ])('comes far nearer to the outputs than rounding to nearest, with means that agree: %s', async (_, noise) => {
    const { input, quantized, float } = await observe(columns, 600, noise);
    const wanted = float.map((x) => multiply(weight, rows, x));
    const nearest = dequantize(roundToGrid(weight, fitGrid(weight, rows, columns, levels, fitMinMax)));
    const result = (await roundOnInputs(weight, rows, input, choice, checkpoint))!;
    const values = dequantize(result.quantized);
    const outputs = quantized.map((x) => multiply(values, rows, x).map((y, row) => y + result.biasShift[row]!));
    const rounded = compare(
      wanted,
      quantized.map((x) => multiply(nearest, rows, x)),
    );
    const swept = compare(wanted, outputs);
    expect(swept.mse).toBeLessThan(rounded.mse / 3);
    for (const mean of swept.means) expect(Math.abs(mean)).toBeLessThan(1e-9);
  });

  it.each([
    ['inputs of the float model', 0],
    ['inputs that earlier layers have changed', 0.2],
  ])('counts mean errors if no bias corrects them: %s', async (_, noise) => {
    const { input, quantized, float } = await observe(columns, 600, noise);
    const wanted = float.map((x) => multiply(weight, rows, x));
    const errorsOf = async (seen: LayerInput): Promise<number> => {
      const { quantized: matrix } = (await roundOnInputs(weight, rows, seen, choice, checkpoint))!;
      const values = dequantize(matrix);
      const outputs = quantized.map((x) => multiply(values, rows, x));
      return compare(wanted, outputs).mse;
    };
    const { biasShift } = (await roundOnInputs(weight, rows, input.aboutZero, choice, checkpoint))!;
    expect([...biasShift]).toEqual(Array.from({ length: rows }, () => 0));
    const nearest = dequantize(roundToGrid(weight, fitGrid(weight, rows, columns, levels, fitMinMax)));
    const rounded = compare(
      wanted,
      quantized.map((x) => multiply(nearest, rows, x)),
    ).mse;
    const found = await errorsOf(input.aboutZero);
    expect(found).toBeLessThan(rounded / 3);
    expect(found).toBeLessThan((await errorsOf(input)) / 2);
  });

  it('keeps every code on the grid, ignores inputs that never vary, and reports its error', async () => {
    const { input, quantized } = await observe(columns, 600, 0);
    const result = (await roundOnInputs(weight, rows, input, choice, checkpoint))!;
    expect(Math.max(...result.quantized.codes)).toBeLessThanOrEqual(15);
    const values = dequantize(result.quantized);
    for (let row = 0; row < rows; row += 1) expect(values[row * columns + 3]).toBe(0);
    const variance = (outputs: number[][]): number => {
      const means = outputs[0]!.map((__, row) => outputs.reduce((sum, y) => sum + y[row]!, 0) / outputs.length);
      return outputs.reduce((sum, y) => sum + y.reduce((all, value, row) => all + (value - means[row]!) ** 2, 0), 0);
    };
    const errors = weight.map((value, at) => values[at]! - value);
    const expected =
      variance(quantized.map((x) => multiply(errors, rows, x))) /
      variance(quantized.map((x) => multiply(weight, rows, x)));
    expect(result.relativeError! / expected).toBeCloseTo(1, 6);
  });

  it('rounds to nearest for independent inputs, and reports no gain if none ever varies', async () => {
    const sums = new CovarianceSums(4);
    for (let sample = 0; sample < 16; sample += 1) {
      for (let column = 0; column < 4; column += 1) {
        sums.inputPanel[column * sums.capacity + sample] = (sample >> column) & 1;
      }
    }
    await sums.addPanel(16, checkpoint);
    const small = Float32Array.of(0.3, -0.71, 0.11, 1);
    const grid = fitGrid(small, 1, 4, levels, fitMinMax);
    const result = await roundOnInputs(small, 1, new LayerInput(sums), choice, checkpoint);
    expect(result!.quantized).toEqual(roundToGrid(small, grid));
    const dead = new CovarianceSums(4);
    await dead.addPanel(2, checkpoint);
    expect(await roundOnInputs(small, 1, new LayerInput(dead), choice, checkpoint)).toBeUndefined();
  });
});
