/** What differs between page, shell and library: files, progress, and where models run. */
import type { Dataset, PictureDecoder } from '../engine/data/dataset';
import type { FreeDimensions } from '../engine/data/feeds';
import type { PartSink } from '../engine/files/stream-parts';
import type { Device, ExecutionProvider } from '../engine/metrics/cell';
import type { Progress } from '../engine/progress';
import type { EncodedFile } from '../engine/recipe/check-written';
import type { OpenedInput } from '../engine/recipe/open-model';
import type { RecipeProgress } from '../engine/recipe/pipeline';
import type { RecipeHost } from '../engine/recipe/recipe-host';
import type { ModelFiles } from '../runtime/models/model-files';
import type { SearchDevice } from '../runtime/search/search-host';
import type { IdleWorkers } from '../runtime/session/idle-workers';
import type { ChainHost, HostTurn } from '../runtime/session/session-host';
import type { DataRequest, OptionName } from './request';

/** A model that a use case opened. */
export interface WorkModel {
  readonly name: string;
  readonly opened: OpenedInput;
  /** The same model as it is run. Its bytes are read at each call. */
  files(): Promise<ModelFiles>;
}

export interface OpenedData {
  readonly dataset: Dataset;
  /** SHA-256 over paths and contents of all files. */
  fingerprint(): Promise<string>;
}

/** Reads models and data, and shows progress. No model runs. */
export interface WorkHost<Model extends WorkModel = WorkModel> extends Omit<RecipeHost, 'inference'> {
  /** Rejects with `input/…`, `format/…`, `external-data/…` and `model/invalid`. */
  openModel(name: string, dimensions?: FreeDimensions): Promise<Model>;
  /** Rejects with `input/…` and as `openDataset` does. */
  openData(data: Pick<DataRequest, 'sources' | 'tokenizer'>): Promise<OpenedData>;
  progress(progress: Progress | RecipeProgress): void;
  /** The name of work that has no progress. */
  stage(name: string): void;
  /** A sentence that the user has to read. */
  warn(sentence: string): void;
  /** A sentence on a choice that the use case made. */
  note(sentence: string): void;
  readonly option: OptionName;
  /** Sentences that say what to change. */
  readonly remedies: { readonly mapping: string; readonly noData: string };
}

/** Also runs models. */
export interface RunningHost<Model extends WorkModel = WorkModel> extends WorkHost<Model> {
  openSessions(idle?: IdleWorkers, turn?: HostTurn): ChainHost;
  /** The number of threads of sessions. */
  readonly threads: number;
  readonly decoder: PictureDecoder;
  /** Waits for the drivers of all providers. */
  detectDevice(): Promise<Device>;
  /** Waits for the driver of WebGPU if `timedOn` is WebGPU. */
  detectTimedDevice(timedOn: ExecutionProvider): Promise<SearchDevice>;
  /** Runs the job while nothing else measures. */
  exclusively<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value>;
}

/** Takes the files of one variant. They count once the caller keeps them. */
export interface VariantFiles {
  /** The model file comes last. */
  openSink(file: EncodedFile): PartSink;
  /** The files that are written so far, to run them. */
  files(): Promise<ModelFiles>;
  discard(): void;
}
