import { expect, it } from 'vitest';
import { NormalSums } from '../../../../linear-algebra/normal-sums';
import { createSeededRandom } from '../../../../seeded-random';
import { matchMoments } from './moment-matching';

it('gives outputs the mean and the spread of the original', async () => {
  const random = createSeededRandom(1);
  const [inputs, samples] = [3, 50];
  const rows = Array.from({ length: samples }, () => Array.from({ length: inputs }, () => random.next() - 0.2));
  const wanted = rows.map(([a = 0, b = 0]) => [3 * a - b + 2, 0.5 * b - 1]);
  const sums = new NormalSums(inputs, 2);
  rows.forEach((row, at) => {
    row.forEach((value, input) => (sums.inputPanel[input * sums.capacity + at] = value));
    wanted[at]!.forEach((value, output) => (sums.outputPanel[output * sums.capacity + at] = value));
  });
  await sums.addPanel(samples, () => Promise.resolve());
  const start = Float64Array.of(1, 0, 1, 0, 1, 0.1);
  const { weights, bias } = matchMoments(sums, { weights: start, bias: new Float64Array(2) })!;
  for (const output of [0, 1]) {
    const own = weights.subarray(output * inputs, (output + 1) * inputs);
    const found = rows.map((row) => row.reduce((sum, value, at) => sum + value * own[at]!, bias[output]!));
    const target = wanted.map((row) => row[output]!);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / samples;
    const spread = (values: readonly number[]) => mean(values.map((value) => (value - mean(values)) ** 2));
    expect(mean(found)).toBeCloseTo(mean(target), 10);
    expect(spread(found)).toBeCloseTo(spread(target), 10);
    // Each row is only scaled.
    expect(own[0]! * start[output * inputs + 1]!).toBeCloseTo(own[1]! * start[output * inputs]!, 10);
  }
});
