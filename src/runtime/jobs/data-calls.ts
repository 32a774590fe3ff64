/** Calls between the page and the worker that reads data and evaluates models on it: plain data and Blobs. */
import type { DatasetDescription } from '../../engine/data/dataset';
import type { Feeds, FreeDimensions, InputDescription } from '../../engine/data/feeds';
import type { DataMapping, LabelMapping } from '../../engine/data/mapping/mapping';
import type { DataSplit, FirstSamples } from '../../engine/data/split';
import type { OutputEvidence } from '../../engine/metrics/output-kind';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import type { KnownLabels } from '../../engine/data/mapping/detect-task';
import type { SampleChange } from '../../engine/metrics/changes/changed-sample';
import type { Evaluation } from '../../engine/metrics/evaluation';
import type { DataCheck } from '../evaluation/check-data';
import type { ModelFiles } from '../models/model-files';
import type { Call } from './call';

/** A data file with its place in the folder that was dropped. */
export interface DroppedDataFile {
  readonly path: string;
  readonly file: File;
}

export interface OpenedData {
  readonly description: DatasetDescription;
  /**
   * SHA-256 over paths and contents of all files: the same data has the same one. Empty for data of more than 256 MB,
   * which takes too long to wait for.
   */
  readonly fingerprint: string;
}

/** The model's side of a mapping. */
export interface ModelInterface {
  readonly inputs: readonly InputDescription[];
  readonly outputs: readonly InputDescription[];
}

export interface SuggestedMapping {
  readonly mapping: DataMapping;
  /** The reasons, as sentences, with the facts that could not be found. */
  readonly reasons: readonly string[];
}

/** One sample as it was read and as the model gets it. */
export interface DataPreview {
  readonly index: number;
  /** The picture fields, RGBA. */
  readonly pictures: readonly { readonly field: string; readonly picture: RgbaPicture }[];
  /** Texts that become tokens. */
  readonly texts: readonly PreviewText[];
  readonly sounds: readonly PreviewSound[];
  readonly tensors: readonly PreviewTensor[];
  readonly label: { readonly value: number; readonly name: string | null } | null;
}

/** A text, or two, with the first of the tokens that they become. */
export interface PreviewText {
  readonly texts: readonly string[];
  readonly tokens: readonly { readonly text: string; readonly id: number }[];
  /** All of them, without padding. */
  readonly count: number;
}

/** A sound with its drawings. */
export interface PreviewSound {
  readonly field: string;
  readonly sampleRateHz: number;
  /** The first seconds, to play. */
  readonly values: Float32Array;
  /** As in `SampleAnswer`. */
  readonly wave: string;
  readonly spectrogram: RgbaPicture;
}

export interface RgbaPicture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface PreviewTensor {
  readonly input: string;
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly std: number;
  /** The first values, for people. */
  readonly firstValues: readonly number[];
  /** Columns of a table that they come from, in the same order. */
  readonly columns?: readonly string[];
  /** A tensor that is a picture, its range stretched to 0 to 255. */
  readonly picture: RgbaPicture | null;
}

export interface EvaluateRequest {
  /** The original first: the others are compared with it. */
  readonly models: readonly { readonly id: string; readonly files: ModelFiles; readonly sha256: string }[];
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  readonly mapping: DataMapping;
  /**
   * The ways in which the original's graph computes its outputs. If absent, values and shapes alone decide the kinds.
   */
  readonly endings?: OutputEvidence['endings'];
  /** The evaluated samples: the evaluation part of this split, or the first ones. */
  readonly split: DataSplit | FirstSamples;
  /** Samples fed at once if the batch dimension is free; absent: a number that suits the model. */
  readonly batch?: number;
  /** The number of generated tokens, as in `EvaluateModelsRequest`. */
  readonly generate?: number;
}

export interface LabelsRequest {
  readonly labels: LabelMapping;
  readonly split: DataSplit | FirstSamples;
}

export interface InputsRequest {
  readonly model: ModelInterface & { readonly freeDimensions: FreeDimensions };
  readonly mapping: DataMapping;
  readonly split: DataSplit | FirstSamples;
  /** The largest number of labels that are read. */
  readonly count: number;
}

export interface TryOutRequest {
  /** The original, then the variant. */
  readonly models: readonly { readonly id: string; readonly files: ModelFiles; readonly sha256: string }[];
  readonly model: ModelInterface;
  /** The mapping of the work, whose preprocessing is used; absent without data. */
  readonly mapping?: DataMapping;
  /** A sample of the work's own data, which the mapping fits. Absent: the first sample of another source. */
  readonly index?: number;
  readonly classNames?: readonly string[];
  readonly endings?: OutputEvidence['endings'];
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
}

export interface TriedAnswers {
  readonly change: SampleChange;
  /** Time of the run of each model. */
  readonly ms: readonly [number, number];
  readonly preview: DataPreview;
  /** The output sounds of both models, if they have the rate of the input. */
  readonly sounds?: readonly [Float32Array, Float32Array];
  readonly ep: ExecutionProvider;
}

type DataFiles = readonly DroppedDataFile[];

/** Reading data, mapping it, and evaluating models on it. */
export interface DataCalls {
  /** Finds out what the files hold. Rejects with a ParetoError that names the file and says what is wrong. */
  open: Call<[files: DataFiles], OpenedData>;
  suggest: Call<[files: DataFiles, model: ModelInterface], SuggestedMapping>;
  /** One sample as it was read and as the model gets it. Rejects with a sentence when the mapping does not fit. */
  preview: Call<
    [
      files: DataFiles,
      model: ModelInterface & { readonly freeDimensions: FreeDimensions },
      mapping: DataMapping,
      index: number,
    ],
    DataPreview
  >;
  /** The mapping with pixels and columns fed by the mean and deviation of this data. Rejects if no input takes such as floats. */
  standardize: Call<
    [files: DataFiles, model: ModelInterface & { readonly freeDimensions: FreeDimensions }, mapping: DataMapping],
    DataMapping
  >;
  /** The facts of the labels about the task, as an evaluation of the same samples finds them; `null` without labels. */
  labels: Call<[files: DataFiles, request: LabelsRequest], KnownLabels | null>;
  /** The model's inputs from the first evaluated samples: at most `count`, fewer if samples cannot be read. */
  inputs: Call<[files: DataFiles, request: InputsRequest], readonly Feeds[]>;
  /** A quick check of the original on a few labeled samples, in about `mostMs`; five seconds if absent. It warns as an evaluation does. */
  check: Call<[files: DataFiles, request: EvaluateRequest & { readonly mostMs?: number }], DataCheck>;
  /** One evaluation per model, in the order of the request. Progress counts samples over all models, and parts of them. */
  evaluate: Call<[files: DataFiles, request: EvaluateRequest], readonly Evaluation[]>;
  /** The answers of two models to one input that a person gives. Sessions stay open for the next one. */
  tryOut: Call<[files: DataFiles, request: TryOutRequest], TriedAnswers>;
}
