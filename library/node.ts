/** The entry `./node`: models run in threads of Node, on WASM. */
import type { ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import type { EvaluationResult } from '../src/runtime/evaluation/evaluation-document';
import { defaultNodeThreads, detectNodeDevice } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import { createNodePictureDecoder } from '../src/runtime/node/node-picture-decoder';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import { TurnToken } from '../src/runtime/session/session-host';
import { createModelPlatform, type LibraryPlatform } from './host';
import { compareModels, inspectModel } from './look';
import { benchmarkModel, compileModule, evaluateModel, optimizeModel, searchModel } from './run';
import type {
  BenchmarkOptions,
  BenchmarkReport,
  CallOptions,
  CompileOptions,
  CompileResult,
  EvaluateOptions,
  InspectOptions,
  ModelSource,
  OptimizeOptions,
  OptimizeResult,
  SearchOptions,
  SearchOutcome,
} from './types';

export { isParetoError, ParetoError } from '../src/engine/errors';
export { passes } from './pass-records';
export type * from './types';

/** Inputs, outputs, operators, weights, costs and warnings of a model. */
export async function inspect(model: ModelSource, options: InspectOptions = {}): Promise<Inspection> {
  return inspectModel(model, options, platformOf(options));
}

/** Makes a model smaller or faster by a recipe or by a goal. */
export async function optimize(model: ModelSource, options: OptimizeOptions): Promise<OptimizeResult> {
  return optimizeModel(model, options, platformOf(options));
}

/** Evaluates recipes for a model and recommends the best one within the limits. */
export async function search(model: ModelSource, options: SearchOptions = {}): Promise<SearchOutcome> {
  return searchModel(model, options, platformOf(options));
}

/** Evaluates a model on data: accuracy, or output match with the original. */
export async function evaluate(model: ModelSource, options: EvaluateOptions): Promise<EvaluationResult> {
  return evaluateModel(model, options, platformOf(options));
}

/** Measures the speed and the outputs of a model, and of a variant against it. */
export async function benchmark(model: ModelSource, options: BenchmarkOptions = {}): Promise<BenchmarkReport> {
  return benchmarkModel(model, options, platformOf(options));
}

/** Compiles a model to a WebAssembly module that needs no runtime, and checks the module against the model. */
export async function compile(model: ModelSource, options: CompileOptions = {}): Promise<CompileResult> {
  return compileModule(model, options, platformOf(options));
}

/** Compares two models node by node. Weights are compared bit by bit. */
export async function diff(a: ModelSource, b: ModelSource, options: CallOptions = {}): Promise<ModelDifference> {
  return compareModels(a, b, options, platformOf(options));
}

function platformOf(options: CallOptions): LibraryPlatform {
  const { signal, progress } = createModelPlatform(options);
  const { inference: _ofRecipes, ...host } = createRecipeHost(signal);
  return {
    ...host,
    progress,
    decoder: createNodePictureDecoder(),
    openSessions: createNodeHost,
    threads: defaultNodeThreads(),
    detectDevice: () => Promise.resolve(detectNodeDevice()),
    detectTimedDevice: () => Promise.resolve(detectNodeDevice()),
    exclusively: takeTurn,
  };
}

const turn = new TurnToken();

/** Calls that run at the same time would measure each other. A call that is stopped while it waits rejects at once. */
function takeTurn<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value> {
  const begun = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: begun.signal });
  });
  const done = turn.take(() => {
    begun.abort();
    signal.throwIfAborted();
    return job();
  });
  return Promise.race([stopped, done]);
}
