/** Tallies compare the outputs of one kind in the unit of that kind; those here count equal samples. */
import type { FeedTensor } from '../data/feeds';
import type { Estimate, TalliedFigures } from './evaluation';
import { proportion } from './proportion-interval';

export interface OutputTally {
  /** Adds samples, one after the other along the first axis. `continues`: they are a further step of the one sample added last. */
  add(expected: FeedTensor, actual: FeedTensor | undefined, samples: number, continues: boolean): void;
  readonly figures: TalliedFigures;
}

/** Counts samples whose parts are all the same: a sample with steps agrees if all of them do. */
export class AgreementTally {
  #agreeing = 0;
  #samples = 0;
  #lastAgrees = false;

  add(agrees: boolean, continues: boolean): void {
    if (!continues) this.#samples++;
    else if (this.#lastAgrees) this.#agreeing--;
    this.#lastAgrees = agrees && (!continues || this.#lastAgrees);
    if (this.#lastAgrees) this.#agreeing++;
  }

  get estimate(): Estimate {
    return proportion(this.#agreeing, this.#samples);
  }
}

/** Computes the share of samples whose texts are all the same. */
export class TextTally implements OutputTally {
  readonly #agreement = new AgreementTally();

  add(expected: FeedTensor, actual: FeedTensor | undefined, samples: number, continues: boolean): void {
    const [p, q] = [expected.data as readonly string[], actual?.data as readonly string[] | undefined];
    const width = p.length / samples;
    for (let sample = 0; sample < samples; sample++) {
      const own = p.slice(sample * width, (sample + 1) * width);
      const agrees = q?.length === p.length && own.every((text, index) => text === q[sample * width + index]);
      this.#agreement.add(agrees, continues);
    }
  }

  get figures(): TalliedFigures {
    return { klDivergence: null, agreement: this.#agreement.estimate };
  }
}
