/** How passes run models. The engine only states it; the runtime implements it. */
import type { Feeds } from './data/feeds';
import type { ExecutionProvider, ProviderAvailability } from './metrics/cell';
import type { Model } from './onnx/graph';

export interface InferenceOptions {
  /** Values to compute, of the model's own graph, whether or not they are outputs. Absent: the model's outputs. */
  readonly outputs?: readonly string[];
  /** Absent: `wasm`, the reference for the result of an operator. */
  readonly provider?: ExecutionProvider;
  /** `device`: as many as suit the device. Absent: one, which starts fastest. Neither changes what is computed. */
  readonly threads?: number | 'device';
  /** `as-written`: without the runtime's own fusions, which do away with values. Absent: with all of them. */
  readonly optimization?: 'as-written';
  /**
   * Weights that are stored as integers become floats when the session is made, and not at each run. Absent: where weights
   * alone are integers.
   */
  readonly foldsDequantization?: boolean;
  /**
   * State that stays with the session, by output: the input that takes its value in the next run. The first run is fed all of
   * these inputs. Runs do not return such outputs; `read` does.
   */
  readonly resident?: ReadonlyMap<string, string>;
  /**
   * Inputs of a run stay for the next one, so only changed inputs are fed again. Absent: only if the state is resident.
   */
  readonly keepsFeeds?: true;
}

/** A model that is ready to run, until it is closed. One run at a time. */
export interface OpenInference {
  /**
   * The outputs for these feeds. Rejects with the signal's reason once aborted, and with the runtime's error for what it cannot run.
   */
  run(feeds: Feeds): Promise<Feeds>;
  /**
   * Time of so many runs together on the last fed inputs, in ms, without the time of messages. Rejects as `run` does.
   */
  time(runs: number): Promise<number>;
  /** The resident state after the last run, by the names of the outputs. */
  read(): Promise<Feeds>;
  /** Ends the session and frees its memory. */
  close(): void;
}

export interface Inference {
  /**
   * Makes a valid model ready to run, in a session of its own that must be closed. An abort ends it. Rejects with the signal's
   * reason once aborted, and with the runtime's error for a model that it cannot load.
   */
  open(signal: AbortSignal, model: Model, options?: InferenceOptions): Promise<OpenInference>;
  /** A place for the parts of a model, on WASM with one thread, which must be closed. An abort ends it. */
  openChain(signal: AbortSignal): InferenceChain;
  /** Tests whether sessions can be opened on a provider by opening one. Absent: sessions run on WASM only. */
  readonly availability?: (provider: ExecutionProvider) => Promise<ProviderAvailability>;
}

/**
 * Parts of a model that run one after the other on the same samples. Values of a part can stay in place for later
 * parts, so neither sessions nor values are transferred. Its methods reject like those of `Inference`.
 */
export interface InferenceChain {
  /** Loads the part that runs next, instead of the one before. */
  load(model: Model, outputs: readonly string[]): Promise<void>;
  run(request: ChainRequest): Promise<ChainResult>;
  /** Values that no part needs any more. */
  forget(names: readonly string[]): Promise<void>;
  close(): void;
}

export interface ChainRequest {
  /** Place of the first of these samples among all. */
  readonly first: number;
  /** The feeds of each sample, besides its kept values. */
  readonly feeds: readonly Feeds[];
  /** Values to give back. The part runs only for values that are neither fed nor kept. */
  readonly read: readonly string[];
  /** Values that stay. */
  readonly keep: readonly string[];
}

export interface ChainResult {
  /** The values that were asked for, of each sample. */
  readonly values: readonly Feeds[];
  /** Size of the values kept by this run, for all these samples together. */
  readonly keptBytes: number;
  /** Type and rank of the kept values, by name. */
  readonly kept: ReadonlyMap<string, KeptType>;
}

export interface KeptType {
  readonly dtype: string;
  readonly rank: number;
}

/** One run of a model, in a session that ends with it. Rejects as `open` and `run` do. */
export async function runOnce(
  inference: Inference,
  signal: AbortSignal,
  model: Model,
  feeds: Feeds,
  options?: InferenceOptions,
): Promise<Feeds> {
  const session = await inference.open(signal, model, options);
  try {
    return await session.run(feeds);
  } finally {
    session.close();
  }
}
