/** The calls that the entries `./browser` and `./node` send to a worker or a thread. */
import type { ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import type { EvaluationResult } from '../src/runtime/evaluation/evaluation-document';
import type { Outcome } from '../src/engine/errors';
import type { Progress } from '../src/engine/progress';
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

export type MessageToThread =
  | { readonly kind: 'call'; readonly name: keyof LibraryCalls; readonly given: readonly unknown[] }
  /** Nothing else measures: the answer to `measure`. */
  | { readonly kind: 'turn' };

export type MessageFromThread =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'measure' | 'measured' }
  | { readonly kind: 'settled'; readonly outcome: Outcome<unknown> };

/** Options as a thread or a worker takes them. It refuses those that are no object. */
export function sentOf<Options extends CallOptions>(options: Options): Sent<Options> {
  if (typeof options !== 'object' || options === null) return options;
  const { signal: _signal, onProgress: _onProgress, ...sent } = options;
  return sent as Sent<Options>;
}
