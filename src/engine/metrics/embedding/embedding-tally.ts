/** Compares embeddings: their direction, and the nearest neighbors of samples. */
import type { FeedTensor } from '../../data/feeds';
import { tensorNumbers, type Numbers } from '../../data/tensor-numbers';
import type { Estimate, TalliedFigures } from '../evaluation';
import { meanEstimate } from '../mean-interval';
import { cosinesOf, nearestOf, rankCorrelation, type Cosines } from './neighbors';
import type { OutputTally } from '../output-tally';
import { proportion } from '../proportion-interval';

/** Every sample is compared with every other: more take long and tell little. */
const mostNeighbors = 256;
/** Numbers of both models that are kept, 32 MB. */
const mostKept = 2 ** 23;
/** Two samples are always each other's neighbor, whatever the embeddings are. */
const fewestNeighbors = 3;
/** The nearest neighbors that recall@10 looks for. */
const recalled = 10;
/** Among fewer samples, many of the neighbors are found by chance. */
const fewestRecalled = 4 * recalled;

/** Sums over the rows of one sample, which has several rows if it has steps. */
interface SampleSums {
  loss: number;
  rows: number;
}

/**
 * Compares rows along the last axis, with original x and variant y:
 *
 * - cosine loss = the mean over samples of the mean over their rows of 1 − xy ÷ √(x² y²). Two rows of zeros count 0;
 *   one row of zeros, a missing or misshapen row, and a row with a non-number count 1.
 * - neighbor agreement = share of the first 256 samples whose nearest other sample by cosine is the same for the
 *   variant as for the original.
 * - recall@10 = mean over these samples of the share of the ten nearest others of the original that are among the ten
 *   nearest of the variant.
 * - similarity rank = Spearman's correlation of the cosines of all pairs of these samples.
 *
 * A sample with several rows counts as their mean.
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
      ...(this.#expected.length >= fewestNeighbors &&
        neighborFigures(cosinesOf(this.#expected), cosinesOf(this.#actual))),
    };
    return this.#figures;
  }

  #cosineLoss(): Estimate {
    return meanEstimate(Float64Array.from(this.#samples, ({ loss, rows }) => (rows === 0 ? 0 : loss / rows)));
  }
}

function neighborFigures(before: Cosines, after: Cosines): Partial<TalliedFigures> {
  const [expected, actual] = [nearestOf(before, recalled), nearestOf(after, recalled)];
  const same = expected.filter(([nearest], sample) => nearest === actual[sample]![0]).length;
  const similarityRank = rankCorrelation(before, after);
  const found = expected.map((nearest, sample) => {
    const those = new Set(actual[sample]);
    if (nearest.length === 0) return those.size === 0 ? 1 : 0;
    return nearest.filter((other) => those.has(other)).length / nearest.length;
  });
  return {
    neighborAgreement: proportion(same, before.count),
    ...(before.count >= fewestRecalled && { recallAt10: meanEstimate(Float64Array.from(found)) }),
    ...(Number.isFinite(similarityRank) && { similarityRank }),
  };
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
