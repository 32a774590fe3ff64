import type { DatasetDescription } from '../../engine/data/dataset';
import { ParetoError } from '../../engine/errors';
import type { SkippedSample } from '../../engine/metrics/evaluation';

/** The number of skipped samples that are named; all are counted. */
const mostNamed = 20;

/** The samples of a run that cannot be read, fed, run or evaluated. */
export class SkippedSamples {
  readonly #named: SkippedSample[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The first of them. */
  get named(): readonly SkippedSample[] {
    return this.#named;
  }

  add(sample: SkippedSample): void {
    this.#count++;
    if (this.#named.length < mostNamed) this.#named.push(sample);
  }

  /** The error of a run whose `tried` samples were all skipped. */
  noneLeft({ name, samples }: Pick<DatasetDescription, 'name' | 'samples'>, tried: number): ParetoError {
    if (tried === 0 && samples > 0) {
      return new ParetoError(
        'evaluate/no-samples',
        `No sample of ${name} is left to evaluate: all ${samples} are held out. Hold out fewer.`,
      );
    }
    const [first] = this.#named;
    const why = first === undefined ? 'There are none.' : `The first: ${first.place}: ${first.reason}`;
    return new ParetoError('evaluate/no-samples', `None of the ${tried} samples of ${name} can be used. ${why}`);
  }
}
