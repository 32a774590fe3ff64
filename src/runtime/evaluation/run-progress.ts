/** Of all work: half a percent. */
const smallestStep = 0.005;

/** How much of an evaluation is done: samples over all models. Runs may take less than a millisecond: nobody needs to hear of each. */
export class RunProgress {
  readonly #models: number;
  readonly #total: number;
  readonly #onProgress: (done: number) => void;
  /** Samples that are done with, in every model. */
  #passed = 0;
  /** What was told last. */
  #reported = 0;

  constructor(samples: number, models: number, onProgress: (done: number) => void) {
    this.#models = models;
    this.#total = samples * models;
    this.#onProgress = onProgress;
  }

  pass(samples: number): void {
    this.#passed += samples;
  }

  /** Of `samples` samples that are being run, this share of the work is done. */
  report(samples: number, share: number): void {
    const done = (this.#passed + samples * share) * this.#models;
    if (done < this.#total && done - this.#reported < this.#total * smallestStep) return;
    this.#reported = done;
    this.#onProgress(done);
  }
}
