import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { CovarianceSums } from './covariance-sums';

const go = () => Promise.resolve();

/** Numbers of the first inputs lie far from zero; the last never changes. */
function randomSamples(count: number, width: number): Float32Array[] {
  const random = createSeededRandom(width);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: width }, (_, at) => (at === width - 1 ? 0.1 : random.next() + 1000 / (at + 1))),
  );
}

/** Returns the mean of each number and the differences from it. */
function centered(samples: readonly Float32Array[]): { means: number[]; differences: Float64Array[] } {
  const columns = Array.from(samples[0]!, (_, at) => Float64Array.from(samples, (sample) => sample[at]!));
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length);
  return { means, differences: columns.map((column, at) => column.map((value) => value - means[at]!)) };
}

function meanProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum / a.length;
}

function fill(sums: CovarianceSums, panel: readonly Float32Array[]): void {
  const { inputs, outputs, capacity } = sums;
  for (const [at, sample] of panel.entries()) {
    for (let i = 0; i < inputs; i += 1) sums.inputPanel[i * capacity + at] = sample[i]!;
    for (let o = 0; o < outputs; o += 1) sums.outputPanel[o * capacity + at] = sample[inputs + o]!;
  }
}

describe('CovarianceSums', () => {
  it.each([
    [1, 2],
    [5, 3],
    [130, 4],
    [7, 0],
  ])('of %i inputs and %i outputs, over several panels', async (inputs, outputs) => {
    const samples = randomSamples(700, inputs + outputs);
    const sums = new CovarianceSums(inputs, outputs);
    // Others use the same memory between panels and between checkpoints.
    const other = new CovarianceSums(9, 2);
    const elsewhere = async (): Promise<void> => {
      fill(other, randomSamples(3, 11));
      await other.addPanel(3, go);
    };
    for (let first = 0; first < samples.length; first += sums.capacity) {
      const panel = samples.slice(first, first + sums.capacity);
      fill(sums, panel);
      await sums.addPanel(panel.length, elsewhere);
    }
    const { means, differences } = centered(samples);
    const [inputMeans, outputMeans] = [sums.inputMeans(), sums.outputMeans()];
    for (let i = 0; i < inputs; i += 1) expect(inputMeans[i]).toBeCloseTo(means[i]!, 9);
    for (let o = 0; o < outputs; o += 1) expect(outputMeans[o]).toBeCloseTo(means[inputs + o]!, 9);
    const [input, cross] = [sums.inputCovariance(), sums.crossCovariance()];
    let worst = 0;
    for (let i = 0; i < inputs; i += 1) {
      for (let row = 0; row < inputs + outputs; row += 1) {
        const got = row < inputs ? input[row * inputs + i]! : cross[(row - inputs) * inputs + i]!;
        worst = Math.max(worst, Math.abs(got - meanProduct(differences[row]!, differences[i]!)));
      }
    }
    expect(worst).toBeLessThan(1e-7);
    // A constant number has no variance at all.
    if (outputs === 0) expect(input[inputs * inputs - 1]).toBe(0);
  });
});
