/** The smallest reported step, as a share of all work: half a percent. */
const smallestStep = 0.005;

/**
 * The progress of an evaluation: samples over all models. Runs may take less than a millisecond, so not every run is
 * reported.
 */
export class RunProgress {
  readonly #models: number;
  readonly #total: number;
  readonly #onProgress: (done: number) => void;
  /** Samples that are done with, in every model. */
  #passed = 0;
  /** The last reported progress. */
  #reported = 0;

  constructor(samples: number, models: number, onProgress: (done: number) => void) {
    this.#models = models;
    this.#total = samples * models;
    this.#onProgress = onProgress;
  }

  pass(samples: number): void {
    this.#passed += samples;
  }

  /** Reports that this share of the work on `samples` running samples is done. */
  report(samples: number, share: number): void {
    const done = (this.#passed + samples * share) * this.#models;
    if (done < this.#total && done - this.#reported < this.#total * smallestStep) return;
    this.#reported = done;
    this.#onProgress(done);
  }
}
