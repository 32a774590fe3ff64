/** The entry `./browser`: each call has a worker of its own, for which the page starts the workers of its sessions. */
import { jobsOf } from '../src/runtime/jobs/jobs-of';
import type { ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import { ParetoError } from '../src/engine/errors';
import type { EvaluationResult } from '../src/runtime/evaluation/evaluation-document';
import { sentOf, type LibraryCalls } from './calls';
import { followed } from './progress';
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
  return followed(options, (following) => jobs.inspect(following, model, sentOf(options)));
}

/** Makes a model smaller or faster by a recipe or by a goal. */
export async function optimize(model: ModelSource, options: OptimizeOptions): Promise<OptimizeResult> {
  return followed(options, (following) => jobs.optimize(following, model, sentOf(options)));
}

/** Evaluates recipes for a model and recommends the best one within the limits. */
export async function search(model: ModelSource, options: SearchOptions = {}): Promise<SearchOutcome> {
  return followed(options, (following) => jobs.search(following, model, sentOf(options)));
}

/** Evaluates a model on data: accuracy, or output match with the original. */
export async function evaluate(model: ModelSource, options: EvaluateOptions): Promise<EvaluationResult> {
  return followed(options, (following) => jobs.evaluate(following, model, sentOf(options)));
}

/** Measures the speed and the outputs of a model, and of a variant against it. */
export async function benchmark(model: ModelSource, options: BenchmarkOptions = {}): Promise<BenchmarkReport> {
  return followed(options, (following) => jobs.benchmark(following, model, sentOf(options)));
}

/** Compiles a model to a WebAssembly module that needs no runtime, and checks the module against the model. */
export async function compile(model: ModelSource, options: CompileOptions = {}): Promise<CompileResult> {
  return followed(options, (following) => jobs.compile(following, model, sentOf(options)));
}

/** Compares two models node by node. Weights are compared bit by bit. */
export async function diff(a: ModelSource, b: ModelSource, options: CallOptions = {}): Promise<ModelDifference> {
  return followed(options, (following) => jobs.diff(following, a, b, sentOf(options)));
}

/** Nothing is shared: a worker starts with a call and ends with it. */
const jobs = jobsOf<LibraryCalls>(
  () => {
    // onnxruntime-web in Node makes the class of Node's threads global.
    if (typeof Worker === 'undefined' || !(Worker.prototype instanceof EventTarget)) {
      throw new ParetoError('runtime/no-worker', 'This entry needs a page. In Node, import pareto-onnx/node.');
    }
    return new Worker(new URL('../workers/library.ts', import.meta.url), { type: 'module' });
  },
  { apart: ['inspect', 'optimize', 'search', 'evaluate', 'benchmark', 'compile', 'diff'] },
);
