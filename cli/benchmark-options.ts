import type { ExecutionProvider, MeasuringBudget } from '../src/engine/metrics/cell';
import type { FreeDimensions } from '../src/engine/data/feeds';
import { budgets } from '../src/runtime/benchmark/budget';
import { integerOption, listOption, textOption, UsageError, type Invocation } from './command';
import { dimensionOptions } from './dimension-option';
import { parseProvider } from './provider-option';

export interface BenchmarkOptions {
  readonly eps: readonly ExecutionProvider[];
  readonly budget: MeasuringBudget;
  readonly freeDimensions: FreeDimensions;
  readonly batch?: number;
  readonly threads?: number;
  readonly seed: number;
  readonly browser: boolean;
  readonly perNode: boolean;
}

/** Throws UsageError for anything that is written wrongly or needs --browser. */
export function readBenchmarkOptions(invocation: Invocation): BenchmarkOptions {
  const browser = invocation.values.browser === true;
  const eps = listOption(invocation, 'ep')
    .flatMap((text) => text.split(',').map((part) => part.trim()))
    .map((text) => parseProvider(text, browser));
  const budget = textOption(invocation, 'budget') ?? 'standard';
  if (!isBudget(budget)) {
    throw new UsageError(`--budget takes ${Object.keys(budgets).join(', ')}, not “${budget}”.`);
  }
  return {
    eps: eps.length === 0 ? ['wasm'] : [...new Set(eps)],
    budget,
    freeDimensions: Object.fromEntries(dimensionOptions(invocation)),
    batch: integerOption(invocation, 'batch', { minimum: 1, maximum: 65536 }),
    threads: integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }),
    seed: integerOption(invocation, 'seed', { minimum: 0, maximum: 4294967295 }) ?? 0,
    browser,
    perNode: invocation.values['per-node'] === true,
  };
}

function isBudget(text: string): text is MeasuringBudget {
  return Object.hasOwn(budgets, text);
}
