/** Defines the result of a mapping for one sample: the feeds of evaluation and calibration, in any data format. */
import type { FieldRequest, SampleRead } from '../dataset';
import type { Feeds } from '../feeds';

/** A sample as a model of fixed batch 1 gets it. */
export interface FedSample {
  readonly index: number;
  /**
   * The inputs of each run, in order: one for most samples, one per window of a long sound. Shapes are the model's, with
   * 1 on the batch axis where the model has one (also where its batch is fixed to more). State inputs are not among them.
   */
  readonly steps: readonly Feeds[];
  /** The input of tokens, of a model that has one. */
  readonly tokens?: string;
  /** The label's numbers: one for a class or a scalar. `null` if the mapping has no labels. */
  readonly label: Float64Array | null;
}

/** Made once for a mapping, a model's inputs and a data set; the function that makes it refuses what does not fit. */
export interface SampleFeeder {
  /** The fields to read of every sample, labels included. */
  readonly fields: readonly FieldRequest[];
  /** Inputs that are fed back: the output that each takes its next value from, and its shape with batch 1. Zeros come first. */
  readonly states: readonly { readonly input: string; readonly output: string; readonly zeros: Feeds[string] }[];
  /**
   * Samples in one run. `null` means any number, as long as `canStack` accepts each step. 1 means that each sample is
   * alone: states without a batch axis, whole tensors, shapes that differ. n means that the model's batch is fixed to
   * n.
   */
  readonly samplesPerRun: number | null;
  /** The batch axis of each input that has one, states included, as `stackFeeds` takes it. States are among them. */
  readonly batchAxes: Readonly<Record<string, number>>;
  /** Columns of a table that feed an input together, by the names of inputs. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** Names of the label's classes, where the data has names. */
  readonly classNames: readonly string[] | undefined;
  /** The same as an order of classes in a mapping would write them; `undefined` if it would write their numbers. */
  readonly orderNames: readonly string[] | undefined;
  /** Throws a ParetoError with a sentence for a sample that does not fit the model; the others may. */
  feed(sample: Extract<SampleRead, { readonly values: unknown }>): FedSample;
}
