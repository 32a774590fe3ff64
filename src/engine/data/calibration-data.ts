import type { DatasetDescription } from './dataset';
import type { Feeds } from './feeds';
import type { DataMapping } from './mapping/mapping';

/** Samples to calibrate with: the calibration part of a split, never the samples that evaluate. */
export interface CalibrationData {
  /** The fingerprint that distinguishes this data, mapping and split from any other. */
  readonly fingerprint: string;
  readonly samples: number;
  /**
   * Reads the inputs of the original model sample by sample, in the order of the data. Each has batch 1, or as many
   * samples as a fixed batch takes. A recurrent model gets each step, with zeros for its states. May be called again.
   * Samples that cannot be read are left out. Rejects once the signal is aborted.
   */
  feeds(): AsyncIterable<Feeds>;
  /** Facts about the outputs that the data gives. Absent: none. */
  readonly about?: {
    readonly mapping: Pick<DataMapping, 'outputs' | 'labels' | 'task'>;
    readonly description: Pick<DatasetDescription, 'fields'>;
  };
  /** The same with labels, for passes that train with them. Absent: the data has none. Samples without one are left out. */
  labeled?(): AsyncIterable<LabeledFeeds>;
}

/** All samples that may calibrate: a search on a slow model takes fewer. */
export interface CalibrationSource {
  readonly samples: number;
  /** Takes this many of them, in the way in which a recipe that runs alone chooses as many. */
  take(samples: number): CalibrationData;
}

export interface LabeledFeeds {
  readonly feeds: Feeds;
  /** One number for a class or a scalar, several for a vector. */
  readonly label?: Float64Array;
}
