/** Calls between the page and the worker that measures: plain data and Blobs. */
import type { Feeds, FreeDimensions, InputDescription } from '../../engine/data/feeds';
import type { DeployFacts } from '../../engine/deploy/deploy-facts';
import type { LiveComparison } from '../../engine/serving/compare-live';
import type { BatchTimes } from '../../engine/serving/service-times';
import type { Device, MeasuringBudget } from '../../engine/metrics/cell';
import type { Roof } from '../../engine/profiling/roofline';
import type { SustainedRun } from '../../engine/profiling/sustained';
import type { SweepAxis, SweepPoint } from '../../engine/profiling/sweep';
import type { Progress } from '../../engine/progress';
import type { GenerationSpeed } from '../../engine/metrics/writing/generation';
import type { PageMemoryFigures } from '../benchmark/memory';
import type { MeasuredRoofline, RooflineRequest } from '../benchmark/measure-roofline';
import type { RoofRequest } from '../benchmark/measure-roof';
import type { CellRequest, MeasureEvent, MeasureRequest } from '../benchmark/measure-request';
import type { SustainedRequest } from '../benchmark/measure-sustained';
import type { SoloRequest } from '../benchmark/solo-session';
import type { SweepRequest, SweepResult } from '../benchmark/sweep';
import type { CompileReport } from '../compiled/compile-files';
import type { PackedBundle } from '../deploy/bundle-model';
import type { GenerationRequest } from '../generation/measure-generation';
import type { ModelFiles } from '../models/model-files';
import type { FirstDifference, FirstDifferenceRequest } from '../nodes/first-difference';
import type { MeasuredNodes, MeasureNodesRequest } from '../nodes/measure-nodes';
import type { BatchesRequest, MeasuredBatches, TimedTexts } from '../serving/measure-batches';
import type { LiveRequest } from '../serving/run-live';
import type { Call } from './call';
import type { CalibrationFiles } from './model-calls';

/** A request that may leave the threads open. The device's default number is used then. */
type Browser<Request> = Omit<Request, 'threads'> & { readonly threads?: number };
export type BrowserMeasureRequest = Browser<MeasureRequest>;
export type BrowserMeasureNodesRequest = Browser<MeasureNodesRequest>;
export type BrowserFirstDifferenceRequest = Browser<FirstDifferenceRequest>;
export type BrowserBatchesRequest = Browser<BatchesRequest> & { readonly texts?: TimedTexts };
export type BrowserSoloRequest = Browser<SoloRequest>;
export interface BrowserSweepRequest extends Browser<SweepRequest> {
  /** The time of a cell of this budget bounds the sweep. It replaces `longestMs`. */
  readonly budget?: MeasuringBudget;
}
export type BrowserSustainedRequest = Browser<SustainedRequest>;
export type BrowserRoofRequest = Browser<RoofRequest>;
export type BrowserRooflineRequest = Browser<RooflineRequest>;
export type BrowserGenerationRequest = Browser<GenerationRequest>;

/** A load for a live run, and the batch times of its simulation. */
export interface BrowserLiveRequest extends Browser<LiveRequest> {
  readonly calibrated: readonly BatchTimes[];
  /** The permitted time of an answer, in ms. */
  readonly targetMs: number;
  /** The file of a replayed load. */
  readonly recording: Blob | null;
}

/** A point is sent after its first pass, so that a sweep that is stopped leaves the points until then. */
export type SweepProgress = Progress | { readonly kind: 'point'; readonly point: SweepPoint };

export interface MemoryProgress extends Progress {
  /** The session is open and has run. It waits for `PageIsMeasured`. */
  readonly isOpen?: true;
}

export type PageIsMeasured = 'page is measured';

/** The content of a deployment bundle, besides the facts that the worker finds. */
export interface BundleRequest {
  readonly facts: Omit<DeployFacts, 'recorded' | 'batching' | 'drift' | 'externalData' | 'onnxruntimeWeb'>;
  readonly files: ModelFiles;
  /** Empty: the bundle is the repository. */
  readonly targets: readonly string[];
  /** Files that are made already, by their paths: of a repository for transformers.js. */
  readonly repository: readonly (readonly [path: string, content: Blob])[];
  /** Samples that inputs of production are compared with; `null` without data. */
  readonly reference: ReferenceData | null;
}

export interface ReferenceData extends CalibrationFiles {
  readonly name: string;
  /** Inputs of the original model, which the mapping feeds. */
  readonly inputs: readonly InputDescription[];
}

/** A prompt that models write on from, side by side. */
export interface BrowserWriteRequest extends Browser<Omit<GenerationRequest, 'cacheLengths' | 'seed' | 'budgetMs'>> {
  /** A tokenizer.json. */
  readonly tokenizer: Blob;
  readonly prompt: string;
  /** Tokens that each writes at most. */
  readonly count: number;
}

/** A token that a model wrote, with its text so far. */
export interface WrittenPiece {
  readonly variant: string;
  readonly tokens: number;
  readonly text: string;
  readonly tokensPerSecond: number | null;
  readonly firstTokenMs: number;
  /** The text up to the first token that is another than the original's; `null` as long as all are the same. */
  readonly same: string | null;
}

/** A module is checked on the feeds. `null`: on random inputs. */
export interface CompileRequest {
  readonly files: ModelFiles;
  /** Shown as the title of the example, and in the name of the zip. */
  readonly name: string;
  readonly feeds: readonly Feeds[] | null;
  readonly dimensions: FreeDimensions;
}

/** A zip of the files that `pareto compile` writes. */
export interface CompiledModule {
  readonly name: string;
  readonly blob: Blob;
  readonly report: CompileReport;
}

export interface BenchmarkCalls {
  probe: Call<[], Device>;
  /**
   * Measures cells one after the other, and reports results as they come. A message to the call skips or ends a cell.
   */
  benchmark: Call<[request: BrowserMeasureRequest], void, MeasureEvent, CellRequest>;
  /** Time of each node, and SQNR of each value of a variant. */
  measureNodes: Call<[request: BrowserMeasureNodesRequest], MeasuredNodes>;
  /** The first node of a model that a provider computes differently from WASM. */
  firstDifference: Call<[request: BrowserFirstDifferenceRequest], FirstDifference>;
  /** Times of batches of one model: what a server is simulated on. */
  measureBatches: Call<[request: BrowserBatchesRequest], MeasuredBatches & { readonly threads: number }>;
  /** Runs a load on sessions, and compares with what was simulated. */
  runLive: Call<[request: BrowserLiveRequest], LiveComparison>;
  /** The writing speed of models, in turns with the original. */
  generation: Call<[request: BrowserGenerationRequest], readonly GenerationSpeed[]>;
  /** Models write on from a prompt, token by token in turns. */
  write: Call<[request: BrowserWriteRequest], readonly WrittenPiece[], WrittenPiece>;
  /** Measures one model at each value of a setting. */
  sweep: Call<[request: BrowserSweepRequest, axis: SweepAxis], SweepResult, SweepProgress>;
  /** Runs one model for a chosen time. */
  sustained: Call<[request: BrowserSustainedRequest], SustainedRun>;
  /** The memory of one model, and the time to its first output. */
  memory: Call<[request: BrowserSoloRequest], PageMemoryFigures, MemoryProgress, PageIsMeasured>;
  /** The peak performance of a provider of this device. */
  roof: Call<[request: BrowserRoofRequest], Roof>;
  /** The limits of each node of one model, and of the model. */
  roofline: Call<[request: BrowserRooflineRequest], MeasuredRoofline>;
  /** A few runs as a file that viewers of traces open. */
  trace: Call<[request: BrowserSoloRequest, modelName: string], Blob>;
  /** Runs the model once to record its outputs, and packs the bundle. */
  bundle: Call<[request: BundleRequest], PackedBundle>;
  /** Compiles the model, and packs the files. Rejects with `compile/refused` and `compile/inexact`. */
  compile: Call<[request: CompileRequest], CompiledModule>;
}
