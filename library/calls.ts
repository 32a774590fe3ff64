/** The calls that the entry `./browser` sends to its worker. */
import type { ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import type { EvaluationResult } from '../src/runtime/evaluation/evaluation-document';
import type { Call } from '../src/runtime/jobs/call';
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

/** Options without what cannot be sent. */
export type Sent<Options extends CallOptions> = Options extends unknown ? Omit<Options, keyof CallOptions> : never;

export interface LibraryCalls {
  inspect: Call<[model: ModelSource, options: Sent<InspectOptions>], Inspection>;
  optimize: Call<[model: ModelSource, options: Sent<OptimizeOptions>], OptimizeResult>;
  search: Call<[model: ModelSource, options: Sent<SearchOptions>], SearchOutcome>;
  evaluate: Call<[model: ModelSource, options: Sent<EvaluateOptions>], EvaluationResult>;
  benchmark: Call<[model: ModelSource, options: Sent<BenchmarkOptions>], BenchmarkReport>;
  compile: Call<[model: ModelSource, options: Sent<CompileOptions>], CompileResult>;
  diff: Call<[a: ModelSource, b: ModelSource, options: Sent<CallOptions>], ModelDifference>;
}
