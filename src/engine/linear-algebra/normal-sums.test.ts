import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { NormalSums } from './normal-sums';

const go = () => Promise.resolve();

/** Samples of `width` numbers. */
function randomSamples(count: number, width: number): Float64Array[] {
  const random = createSeededRandom(width);
  return Array.from({ length: count }, () => Float64Array.from({ length: width }, () => random.next() - 0.5));
}

async function addUp(samples: readonly Float64Array[], inputs: number, outputs: number): Promise<NormalSums> {
  const sums = new NormalSums(inputs, outputs);
  for (let first = 0; first < samples.length; first += sums.capacity) {
    const panel = samples.slice(first, first + sums.capacity);
    for (const [at, sample] of panel.entries()) {
      for (let i = 0; i < inputs; i += 1) sums.inputPanel[i * sums.capacity + at] = sample[i]!;
      for (let o = 0; o < outputs; o += 1) sums.outputPanel[o * sums.capacity + at] = sample[inputs + o]!;
    }
    await sums.addPanel(panel.length, go);
  }
  return sums;
}

const sumOver = (samples: readonly Float64Array[], value: (sample: Float64Array) => number): number =>
  samples.reduce((sum, sample) => sum + value(sample), 0);

describe('NormalSums', () => {
  it.each([
    [5, 3],
    [70, 0],
  ])('adds up %i inputs and %i outputs over several panels', async (inputs, outputs) => {
    const samples = randomSamples(300, inputs + outputs);
    const sums = await addUp(samples, inputs, outputs);
    expect(sums.samples).toBe(300);
    for (let i = 0; i < inputs; i += 1) {
      expect(sums.inputSums[i]).toBeCloseTo(
        sumOver(samples, (sample) => sample[i]!),
        10,
      );
      for (let j = 0; j <= i; j += 1) {
        expect(sums.gram[i * inputs + j]).toBeCloseTo(
          sumOver(samples, (sample) => sample[i]! * sample[j]!),
          10,
        );
      }
    }
    for (let o = 0; o < outputs; o += 1) {
      const output = (sample: Float64Array): number => sample[inputs + o]!;
      expect(sums.outputSums[o]).toBeCloseTo(sumOver(samples, output), 10);
      expect(sums.outputSquares[o]).toBeCloseTo(
        sumOver(samples, (sample) => output(sample) ** 2),
        10,
      );
      for (let i = 0; i < inputs; i += 1) {
        expect(sums.cross[o * inputs + i]).toBeCloseTo(
          sumOver(samples, (sample) => output(sample) * sample[i]!),
          10,
        );
      }
    }
  });

  it('takes in few samples at a time as panels of them', async () => {
    const samples = randomSamples(600, 4);
    const panels = await addUp(samples, 3, 1);
    const sums = new NormalSums(3, 1);
    for (let first = 0; first < samples.length;) {
      const some = samples.slice(first, first + Math.min(7, sums.capacity - sums.filled));
      for (const [at, sample] of some.entries()) {
        const column = sums.filled + at;
        for (let i = 0; i < 3; i += 1) sums.inputPanel[i * sums.capacity + column] = sample[i]!;
        sums.outputPanel[column] = sample[3]!;
      }
      await sums.fill(some.length, go);
      first += some.length;
    }
    await sums.flush(go);
    const sumsOf = ({ samples: count, gram, cross, outputSquares }: NormalSums) => ({
      count,
      gram,
      cross,
      outputSquares,
    });
    expect(sumsOf(sums)).toEqual(sumsOf(panels));
  });
});
