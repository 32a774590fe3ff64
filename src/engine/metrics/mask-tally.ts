/** Compares masks: the places that both models mark. */
import type { FeedTensor } from '../data/feeds';
import { tensorNumbers } from '../data/tensor-numbers';
import type { TalliedFigures } from './evaluation';
import { meanEstimate } from './mean-interval';
import type { OutputTally } from './output-tally';

/** A mask says yes above it. */
const threshold = 0.5;
/** A float16 sigmoid may lie this far outside its range through rounding. */
const roundingRoom = 1e-3;

interface Places {
  both: number;
  either: number;
}

/**
 * Intersection over union of the places above one half, the mean over samples. A sample in which neither model finds
 * anything counts as 1. No figure if an original's value leaves [0, 1], or if it finds nothing in any sample.
 */
export class MaskTally implements OutputTally {
  readonly #samples: Places[] = [];
  #isMask = true;
  #findsAny = false;

  add(expected: FeedTensor, actual: FeedTensor | undefined, samples: number, continues: boolean): void {
    if (!this.#isMask) return;
    const x = tensorNumbers(expected)!;
    const found = actual && tensorNumbers(actual);
    const y = found?.length === x.length ? found : undefined;
    const width = x.length / samples;
    for (let sample = 0; sample < samples; sample++) {
      if (!continues) this.#samples.push({ both: 0, either: 0 });
      const places = this.#samples.at(-1)!;
      for (let index = sample * width; index < (sample + 1) * width; index++) {
        const value = x[index]!;
        if (!(value >= -roundingRoom && value <= 1 + roundingRoom)) this.#isMask = false;
        const [isHere, isThere] = [value > threshold, (y?.[index] ?? 0) > threshold];
        if (isHere) this.#findsAny = true;
        if (isHere && isThere) places.both++;
        if (isHere || isThere) places.either++;
      }
    }
  }

  get figures(): TalliedFigures {
    const none = { klDivergence: null, agreement: null };
    if (!this.#isMask || !this.#findsAny) return none;
    const shares = this.#samples.map(({ both, either }) => (either === 0 ? 1 : both / either));
    return { ...none, overlap: meanEstimate(Float64Array.from(shares)) };
  }
}
