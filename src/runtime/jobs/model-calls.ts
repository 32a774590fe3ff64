/** Calls between the page and the worker that optimizes: plain data and Blobs. */
import type { Inspection } from '../../engine/analysis/inspection';
import type { RecipeProgress } from '../../engine/recipe/pipeline';
import type { Optimization, PassReport } from '../../engine/recipe/optimization';
import type { FreeDimensions } from '../../engine/data/feeds';
import type { Recipe } from '../../engine/recipe/recipe';
import type { RecipeSketch } from '../../engine/recipe/sketch-recipe';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { DataSplit } from '../../engine/data/split';
import type { ModelFiles } from '../models/model-files';
import type { StructuralPlan } from '../../engine/passes/pass';
import type { Call } from './call';
import type { DroppedDataFile } from './data-calls';

export interface OpenedModel {
  readonly inspection: Inspection;
  readonly files: ModelFiles;
  /** For a GGUF file, which becomes an ONNX model as it is opened. */
  readonly converted?: ConvertedModel;
}

interface ConvertedModel {
  /** Sentences for people: what the weights were stored as, and why there is no tokenizer. */
  readonly note: string;
  /** Bytes of the GGUF file. */
  readonly sizeBytes: number;
  /** The tokenizer of the file as a tokenizer.json; `null` if there is none that is supported. */
  readonly tokenizer: File | null;
}

/** The calibration data of passes: the calibration part of `split`, opened when a pass needs it. */
export interface CalibrationFiles {
  /** The same key stands for the same files, which saves opening them again. */
  readonly key: string;
  readonly files: readonly DroppedDataFile[];
  readonly mapping: DataMapping;
  readonly split: DataSplit;
}

export interface OptimizedModel {
  readonly optimization: Optimization;
  readonly inspection: Inspection;
  readonly files: ModelFiles;
}

/** A download: a zip with model and data file, or the model file alone if no weight is large enough for a data file. */
export interface PackedModel {
  readonly name: string;
  readonly blob: Blob;
}

/** The finished passes of a recipe, with the model that they made. A stopped run continues from it. */
export interface FinishedPasses {
  readonly passes: readonly PassReport[];
  readonly files: ModelFiles;
}

export interface OptimizeOptions {
  readonly calibration?: CalibrationFiles;
  /** Another model as the teacher of passes that train, with its data files. The original if absent. */
  readonly teacher?: readonly File[];
  readonly from?: FinishedPasses;
  /** Names of the files, and the limit of a data file. Absent: named after the original. */
  readonly files?: { readonly name: string; readonly dataFileName: string; readonly mostDataFileBytes: number };
  /** False: steps do not compare outputs to warn of what they cost. */
  readonly warnsOfCost?: boolean;
  /** Reports finished passes when the unreported ones took this long to run. Never if absent. */
  readonly keepsAfterMs?: number;
}

/** Opening, optimizing and packing models. */
export interface ModelCalls {
  /** Reads and checks what was dropped: one model and its data files. Rejects with a ParetoError that says what is wrong. */
  open: Call<[files: readonly File[]], OpenedModel>;
  optimize: Call<
    [original: ModelFiles, recipe: Recipe, options?: OptimizeOptions],
    OptimizedModel,
    RecipeProgress | FinishedPasses
  >;
  /** The effect of the last step of a recipe on the structure, by weights alone: `planRecipe` without data. */
  plan: Call<[original: ModelFiles, recipe: Recipe], StructuralPlan, RecipeProgress>;
  /** Estimated size and costs of the variant of a recipe, without data: `sketchRecipe`. `null`: only a run can tell. */
  sketch: Call<[original: ModelFiles, recipe: Recipe, dimensions: FreeDimensions], RecipeSketch | null, RecipeProgress>;
  /** The model as a download with its weights in a data file: `name` is that of the model file. */
  pack: Call<[files: ModelFiles, name: string], PackedModel>;
  /** SHA-256 of the model file, 64 hexadecimal digits: what the inspection of a large one lacks at first. */
  fingerprint: Call<[files: ModelFiles], string>;
  /** Size after gzip in bytes, of model and data files together. */
  compress: Call<[files: ModelFiles], number>;
  /** Writes a file that exists in the origin private file system, whose pages cannot write in every browser. */
  store: Call<[path: readonly string[], content: Blob], void>;
}
