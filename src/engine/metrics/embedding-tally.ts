/** Compares embeddings: their direction, and the nearest neighbors of samples. */
import type { FeedTensor } from '../data/feeds';
import { tensorNumbers, type Numbers } from '../data/tensor-numbers';
import type { Estimate, TalliedFigures } from './evaluation';
import { meanEstimate } from './mean-interval';
import type { OutputTally } from './output-tally';
import { proportion } from './proportion-interval';

/** Every sample is compared with every other: more take long and tell little. */
const mostNeighbors = 256;
/** Numbers of both models that are kept, 32 MB. */
const mostKept = 2 ** 23;
/** Two samples are always each other's neighbor, whatever the embeddings are. */
const fewestNeighbors = 3;

/** Sums over the rows of one sample, which has several rows if it has steps. */
interface SampleSums {
  loss: number;
  rows: number;
}

/**
 * Compares rows along the last axis, with original x and variant y:
 *
 * - cosine loss = the mean over samples of the mean over their rows of 1 − xy ÷ √(x² y²). Two rows of zeros count 0;
 * one row of zeros, a missing or misshapen row, and a row with a non-number count 1.
 * - neighbor agreement = share of the first 256 samples whose nearest other sample by cosine is the same for the
 * variant as for the original. A sample with several rows counts as their mean.
 */
export class EmbeddingTally implements OutputTally {
  readonly #samples: SampleSums[] = [];
  readonly #expected: Float32Array[] = [];
  readonly #actual: Float32Array[] = [];
  #figures: TalliedFigures | undefined;

  add(expected: FeedTensor, actual: FeedTensor | undefined, samples: number, continues: boolean): void {
    this.#figures = undefined;
    const x = tensorNumbers(expected)!;
    const found = actual && tensorNumbers(actual);
    const y = found?.length === x.length ? found : undefined;
    const width = expected.dims.at(-1)!;
    const perSample = x.length / samples;
    for (let sample = 0; sample < samples; sample++) {
      if (!continues) this.#samples.push({ loss: 0, rows: 0 });
      const sums = this.#samples.at(-1)!;
      const [start, end] = [sample * perSample, (sample + 1) * perSample];
      for (let row = start; row < end; row += width) sums.loss += cosineLossOf(x, y, row, width);
      sums.rows += perSample / width;
      this.#keep(x.subarray(start, end), y?.subarray(start, end), width, continues);
    }
  }

  #keep(x: Numbers, y: Numbers | undefined, width: number, continues: boolean): void {
    const isFull = this.#expected.length >= Math.min(mostNeighbors, mostKept / (2 * width));
    const place = continues ? this.#samples.length - 1 : this.#expected.length;
    if (continues ? place >= this.#expected.length : isFull) return;
    const [expected, actual] = [
      (this.#expected[place] ??= new Float32Array(width)),
      (this.#actual[place] ??= new Float32Array(width)),
    ];
    for (let index = 0; index < x.length; index++) {
      expected[index % width]! += x[index]!;
      if (y !== undefined) actual[index % width]! += y[index]!;
    }
  }

  get figures(): TalliedFigures {
    this.#figures ??= {
      klDivergence: null,
      agreement: null,
      cosineLoss: this.#cosineLoss(),
      ...(this.#expected.length >= fewestNeighbors && { neighborAgreement: this.#neighborAgreement() }),
    };
    return this.#figures;
  }

  #cosineLoss(): Estimate {
    return meanEstimate(Float64Array.from(this.#samples, ({ loss, rows }) => (rows === 0 ? 0 : loss / rows)));
  }

  #neighborAgreement(): Estimate {
    const [before, after] = [nearestOf(this.#expected), nearestOf(this.#actual)];
    return proportion(before.filter((nearest, sample) => nearest === after[sample]).length, before.length);
  }
}

function cosineLossOf(x: Numbers, y: Numbers | undefined, start: number, width: number): number {
  if (y === undefined) return 1;
  let [dot, ofX, ofY] = [0, 0, 0];
  let isSame = true;
  for (let index = start; index < start + width; index++) {
    const [a, b] = [x[index]!, y[index]!];
    isSame &&= a === b;
    dot += a * b;
    ofX += a * a;
    ofY += b * b;
  }
  // Rounding of the roots tells even the same from each other.
  if (isSame) return 0;
  if (ofX === 0 || ofY === 0) return 1;
  const cosine = dot / (Math.sqrt(ofX) * Math.sqrt(ofY));
  return Number.isNaN(cosine) ? 1 : Math.min(2, Math.max(0, 1 - cosine));
}

/**
 * Returns the index of the nearest other vector by cosine, for each vector. It is the first of several equally near
 * ones, and −1 for a vector without a direction.
 */
function nearestOf(vectors: readonly Float32Array[]): readonly number[] {
  const units = vectors.map(unitOf);
  const best = new Float64Array(units.length).fill(-Infinity);
  const nearest = units.map(() => -1);
  for (let first = 0; first < units.length; first++) {
    for (let second = first + 1; second < units.length; second++) {
      const cosine = dotOf(units[first]!, units[second]!);
      // Earlier ones come first, so that of equals the first stays.
      if (cosine > best[first]!) [best[first], nearest[first]] = [cosine, second];
      if (cosine > best[second]!) [best[second], nearest[second]] = [cosine, first];
    }
  }
  return nearest.map((place, sample) => (units[sample]!.every((value) => value === 0) ? -1 : place));
}

function unitOf(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dotOf(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector;
}

function dotOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
