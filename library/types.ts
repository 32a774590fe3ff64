/** The arguments and results of every entry. The reference lists the types of this file (`scripts/reference/describe-library.ts`). */
import type { ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import type { FreeDimensions } from '../src/engine/data/feeds';
import type { DataMapping } from '../src/engine/data/mapping/mapping';
import type { CellResult, Comparison, Device, ExecutionProvider, MeasuringBudget } from '../src/engine/metrics/cell';
import type { OptionValue, OptionValues } from '../src/engine/passes/option-spec';
import type { Progress } from '../src/engine/progress';
import type { Optimization } from '../src/engine/recipe/optimization';
import type { DataFacts } from '../src/engine/recipe/recipe-calibration';
import type { Recipe } from '../src/engine/recipe/recipe';
import type { SearchLimits, SearchObjective } from '../src/engine/search/search-goal';
import type { SearchResult } from '../src/engine/search/search-journal';
import type { CompileReport } from '../src/runtime/compiled/compile-files';
import type { EvaluationResult } from '../src/runtime/evaluation/evaluation-document';

/** The content of a file. */
export type FileContent = Uint8Array | ArrayBuffer | Blob;

/** An ONNX file: its content, in Node its path, or its content with a name and the data files that the model needs. */
export type ModelSource = FileContent | string | ModelBytes;

export interface ModelBytes {
  /** The content of the `.onnx` file. */
  readonly bytes: FileContent;
  /** The name of the file, for messages and reports. Absent: `model.onnx`. */
  readonly name?: string;
  /** Files with external data, by the path that the model gives them. */
  readonly externalData?: Readonly<Record<string, FileContent>>;
}

/** A model that was made. */
export interface WrittenModel {
  /** The bytes of its `.onnx` file. */
  readonly model: Uint8Array;
  /** Files with its external data, by the path that the model gives them. Empty below 2 GB. */
  readonly externalData: Readonly<Record<string, Uint8Array>>;
}

/** Options of every function. */
export interface CallOptions {
  /** Stops the work. The promise then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Is called while the work goes on, and with a `share` of 1 at its end. */
  readonly onProgress?: (progress: CallProgress) => void;
}

export interface CallProgress extends Progress {
  /** The share of the whole call that is done, from 0 to 1. It never falls. */
  readonly share: number;
}

/** Contents of files by path, such as `digits.npz` or `photos/cat/1.jpg`. */
export type FilesByPath = Readonly<Record<string, FileContent>>;

/** Data sets and folders, in any format that Pareto reads. */
export interface ModelData {
  /** Contents by path, or in Node paths of files and folders. A `tokenizer.json` converts texts to tokens. */
  readonly files: FilesByPath | string | readonly string[];
  /** How samples become inputs and labels. Absent: suggested from the data and the model. */
  readonly mapping?: DataMapping;
}

export interface InspectOptions extends CallOptions {
  /** Sizes of free dimensions, for costs and shapes. */
  readonly dimensions?: FreeDimensions;
}

/** One pass of a recipe. */
export interface RecipeStepInput {
  /** The id of a pass, such as `quantize-weights`. */
  readonly pass: string;
  /** Absent options have their defaults. */
  readonly options?: OptionValues;
  /** False: the step is skipped. */
  readonly enabled?: boolean;
}

/** Passes in order, or the whole document of a recipe file. */
export type RecipeInput = readonly RecipeStepInput[] | Recipe;

/** Chooses the passes for the model. */
export type GoalName = 'smaller' | 'faster-wasm' | 'faster-webgpu' | 'faster-webnn' | 'smallest';

/** `optimize` without a runtime: passes that run the model skip the parts that need it, and give the reason. */
export interface RecipeOptions extends CallOptions {
  readonly recipe: RecipeInput;
  /** Seed of random choices. Absent: that of the recipe, or 0. */
  readonly seed?: number;
  /** Sizes of free dimensions, to count MACs with. The model keeps its free dimensions. */
  readonly dimensions?: FreeDimensions;
}

interface OptimizeDataOptions {
  /** Data for passes that calibrate or train. */
  readonly data?: ModelData;
  /** Calibration samples, chosen at random by the seed. Absent: as the recipe says, or 512. */
  readonly samples?: number;
}

/** `optimize` with passes that you choose. */
export interface OptimizeByRecipe extends RecipeOptions, OptimizeDataOptions {
  readonly goal?: undefined;
  /** Runs a recipe that needs data without it. Otherwise such a recipe is refused. */
  readonly withoutData?: boolean;
}

/** `optimize` with passes that a goal chooses. */
export interface OptimizeByGoal extends Omit<RecipeOptions, 'recipe'>, OptimizeDataOptions {
  readonly recipe?: undefined;
  readonly goal: GoalName;
  /** Least SQNR in dB that a goal without data keeps on random inputs. Below it, a safer recipe is used. Absent: 20; 0 keeps the first. */
  readonly sqnrDb?: number;
}

export type OptimizeOptions = OptimizeByRecipe | OptimizeByGoal;

/** The document of `optimize --json`, without the parts that the command line adds. */
export interface OptimizeReport extends Optimization {
  /** Absent without data. */
  readonly data?: DataFacts;
  /** Variants that a goal gave up because their output error is too large. Absent: none. */
  readonly leftOut?: readonly {
    readonly title: string;
    readonly sizeBytes: number;
    readonly sqnrDb: number | null;
  }[];
  /** Sentences on checks that could not be made. Absent: none. */
  readonly warnings?: readonly string[];
}

export interface OptimizeResult extends WrittenModel {
  readonly report: OptimizeReport;
}

/** Options of functions that run models. */
export interface RunOptions extends CallOptions {
  /** WASM threads. Absent: half of the cores, at most 4. */
  readonly threads?: number;
  /** Sizes of free dimensions that the data does not determine. */
  readonly dimensions?: FreeDimensions;
}

export interface SearchOptions extends RunOptions {
  /** `size` (the default): the smallest file. `latency`: the fastest. `accuracy`: the smallest at the same accuracy. */
  readonly goal?: SearchObjective;
  /** Absent limits have the defaults of `pareto search`. */
  readonly limits?: Partial<SearchLimits>;
  /** Absent: outputs are compared on random inputs. */
  readonly data?: ModelData;
  /** Calibrates in place of a part of `data`, with the same mapping. */
  readonly calibrationData?: Pick<ModelData, 'files'>;
  /** Calibration samples, chosen at random by the seed. Absent: 128, or half of small data; 512 of `calibrationData`. */
  readonly samples?: number;
  /** Total time. Absent: 60 000. */
  readonly budgetMs?: number;
  /** Tries only these techniques. Absent: all that suit the model. */
  readonly techniques?: readonly string[];
  /** The provider that candidates are timed on. Absent: `wasm`. */
  readonly ep?: ExecutionProvider;
  /** Seed of samples and other random choices. Absent: 0. */
  readonly seed?: number;
}

/** The result of a search: the recommended model, or `null` if none is within the limits. */
export interface SearchOutcome {
  readonly best: (WrittenModel & { readonly recipe: Recipe }) | null;
  /** The document of `search --json`. */
  readonly report: SearchResult;
}

export interface EvaluateOptions extends RunOptions {
  readonly data: ModelData;
  /** The original to compare with. Needed without labels and recorded outputs. */
  readonly against?: ModelSource;
  /** Only so many samples. Absent: all. */
  readonly limit?: number;
  /** The largest loss against the original. Absent limits have the defaults of `pareto search`. */
  readonly limits?: Partial<SearchLimits>;
  /** Chooses samples at random. Absent: the first ones, in the order of the data. */
  readonly seed?: number;
  /** Leaves out the samples that `optimize` with this seed and number of `samples` calibrates with. */
  readonly leaveOut?: number;
  /** Absent: `wasm`. Node has no other. */
  readonly ep?: ExecutionProvider;
  /** Samples per run if the batch dimension is free. Absent: by size. */
  readonly batch?: number;
}

export interface BenchmarkOptions extends RunOptions {
  /** Runs in turns with the model. */
  readonly variant?: ModelSource;
  /** Absent: `wasm`. Node has no other. */
  readonly eps?: readonly ExecutionProvider[];
  /** Time for each model and provider. Absent: `standard`. */
  readonly budget?: MeasuringBudget;
  /** Sets every free batch dimension. */
  readonly batch?: number;
  /** Absent: random inputs. */
  readonly data?: ModelData;
  /** Seed of the random inputs. Absent: 0. */
  readonly seed?: number;
  /** Also measures each node. */
  readonly perNode?: boolean;
}

/** The document of `benchmark --json`, without the parts that the command line adds. */
export interface BenchmarkReport {
  readonly device: Device;
  /** `variant` as in the cells: `original`, or the name of the variant. */
  readonly models: readonly { readonly variant: string; readonly name: string; readonly sha256: string }[];
  readonly cells: readonly CellResult[];
  readonly comparison: readonly Comparison[];
  /** Sentences on cells that could not be measured. Empty: none. */
  readonly failures: readonly string[];
}

export interface CompileOptions extends Pick<RunOptions, 'signal' | 'onProgress' | 'dimensions'> {
  /** Vector instructions. `simd` runs in every engine, `relaxed` is faster. Absent: `both`, and the script chooses. */
  readonly target?: 'both' | 'simd' | 'relaxed';
  /** Puts the modules into the script, for a page of few files. */
  readonly inline?: boolean;
  /** Inputs of one integer that become constants, by name. */
  readonly values?: Readonly<Record<string, number>>;
  /** The module is checked on these samples. Absent: on random inputs. */
  readonly data?: ModelData;
}

/** A model as a WebAssembly module that needs no runtime. */
export interface CompileResult {
  /** The files that `pareto compile` writes, by their names. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** The document of `compile --json`. */
  readonly report: CompileReport;
}

/** A pass, for code that shows passes to a person. */
export interface PassRecord {
  /** Id as in recipes: `quantize-dynamic`. */
  readonly id: string;
  readonly title: string;
  /** One sentence: what it does and what it costs. */
  readonly summary: string;
  /** `sometimes`: with some options only. */
  readonly usesData: 'always' | 'sometimes' | 'never';
  readonly options: Readonly<Record<string, PassOption>>;
}

export interface PassOption {
  /** `map`: a number for each of some node names. */
  readonly kind: 'boolean' | 'number' | 'choice' | 'list' | 'map';
  readonly default: OptionValue;
  readonly label: string;
  readonly explanation: string;
  /** The limits of a number, or of the numbers in a map. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** The only values. Absent: any of this kind. */
  readonly values?: readonly (string | number)[];
  /** Further values of a choice, in words. */
  readonly otherValues?: string;
}

export type {
  CellResult,
  Comparison,
  CompileReport,
  DataFacts,
  DataMapping,
  Device,
  EvaluationResult,
  ExecutionProvider,
  FreeDimensions,
  Inspection,
  MeasuringBudget,
  ModelDifference,
  Optimization,
  OptionValue,
  OptionValues,
  Progress,
  Recipe,
  SearchLimits,
  SearchObjective,
  SearchResult,
};
