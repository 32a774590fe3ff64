/**
 * Notices that the calibration samples are no longer there. Candidates that are made then say nothing about their
 * recipes.
 */
import type { CalibrationData } from '../../engine/data/calibration-data';
import { ParetoError } from '../../engine/errors';

export class WatchedCalibration {
  readonly data: CalibrationData;
  /** Samples that could be read when all were read for the first time. */
  #readable: number | undefined;
  #problem: unknown;

  constructor(data: CalibrationData) {
    const { labeled } = data;
    this.data = {
      ...data,
      feeds: () => this.#watch(data.feeds(), true),
      // Samples without a label are left out.
      ...(labeled && { labeled: () => this.#watch(labeled(), false) }),
    };
  }

  /** Throws what went wrong with the data, whatever a pass made of it. */
  throwIfLost(): void {
    if (this.#problem !== undefined) throw this.#problem;
  }

  async *#watch<Sample>(samples: AsyncIterable<Sample>, countsAll: boolean): AsyncGenerator<Sample, void> {
    let read = 0;
    try {
      for await (const sample of samples) {
        read++;
        yield sample;
      }
    } catch (error) {
      this.#problem ??= error;
      throw error;
    }
    if (!countsAll) return;
    this.#readable ??= read;
    if (read === this.#readable) return;
    this.#problem ??= new ParetoError(
      'search/data-changed',
      `${this.#readable} calibration samples were readable before, but only ${read} are readable now. The data was moved or changed. Restore it and continue.`,
    );
    throw this.#problem;
  }
}
