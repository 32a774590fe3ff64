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
}
