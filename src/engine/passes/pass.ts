/** The contract of a pass: one change to a model, with options. See docs/adding-a-pass.md. */
import type { Feeds } from '../data/feeds';
import type { Inference } from '../inference';
import type { Model } from '../onnx/graph';
import type { Progress } from '../progress';

/** One thing a pass did. `path` is that of the node or weight, as `inspect` prints it: `graph/If_0.then_branch/Conv_3`. */
export interface Change {
  readonly path: string;
  readonly op: string;
  readonly what: string;
}

/** Why a pass left a node or weight alone. `code` groups equal reasons; `reason` is a sentence for people. */
export interface Refusal {
  readonly path: string;
  readonly op: string;
  readonly code: string;
  readonly reason: string;
}

interface OptionBase {
  readonly label: string;
  /** One sentence for people who meet the option for the first time. */
  readonly explanation: string;
}

/** The description of one option: the form, the command line and the validator are all made from it. */
export type OptionSpec =
  | (OptionBase & { readonly kind: 'boolean'; readonly default: boolean })
  | (OptionBase & {
      readonly kind: 'number';
      readonly default: number;
      readonly minimum: number;
      readonly maximum: number;
      readonly step: number;
    })
  | (OptionBase & {
      readonly kind: 'choice';
      readonly default: string;
      readonly choices: readonly { readonly value: string; readonly label: string; readonly explanation: string }[];
    })
  | (OptionBase & {
      /** Comma-separated names on the command line. */
      readonly kind: 'list';
      readonly default: readonly string[];
      /** What the list may hold; absent: anything (node names). */
      readonly choices?: readonly string[];
    });

export type OptionValue = boolean | number | string | readonly string[];
export type OptionValues = Readonly<Record<string, OptionValue>>;

/** A seeded source of randomness: the same seed gives the same recipe result everywhere. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  next(): number;
}

/** Samples to calibrate with: the calibration part of a split, never the samples that evaluate. */
export interface CalibrationData {
  /** Tells this data, mapping and split from any other. */
  readonly fingerprint: string;
  readonly samples: number;
  /**
   * The inputs of the original model for one sample after the other, batch 1, in the order of the data; of a recurrent model
   * each step, with zeros for its states. May be called again. Samples that cannot be read are left out. Rejects once the signal is aborted.
   */
  feeds(): AsyncIterable<Feeds>;
}

export interface PassContext {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /**
   * Gives the host a chance to deliver a cancellation. Call it between pieces of work of at most about 50 ms.
   * Rejects with the signal's reason once the signal is aborted.
   */
  checkpoint(): Promise<void>;
  readonly random: SeededRandom;
  /** Absent when nobody gave any. */
  readonly data?: CalibrationData;
  /** Runs models for the pass. Absent on a host without a runtime: what needs one is then left alone. */
  readonly inference?: Inference;
}

export interface PassOutcome {
  /** A new model that shares everything the pass did not touch; the same object when nothing changed. */
  readonly model: Model;
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  /** Numbers for people that belong to this pass, such as the sparsity of each weight. */
  readonly details?: PassDetails;
}

export interface PassDetails {
  readonly sparsity?: {
    readonly total: { readonly zeros: number; readonly elements: number };
    readonly weights: readonly { readonly path: string; readonly zeros: number; readonly elements: number }[];
  };
}

export interface Pass {
  /** As on the command line: `quantize-dynamic`. */
  readonly id: string;
  readonly title: string;
  /** One sentence: what it does and what it costs. */
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** True for a pass that uses `PassContext.data`. */
  readonly calibrates?: boolean;
  /**
   * Runs on a valid model with validated options. Never throws for a model it cannot improve: it returns refusals.
   * Throws only for a cancelled signal or bytes that cannot be read.
   */
  run(model: Model, options: OptionValues, context: PassContext): Promise<PassOutcome>;
}
