import { executionProviders, type ExecutionProvider, type MeasuringBudget } from '../src/engine/metrics/cell';
import type { FreeDimensions } from '../src/engine/data/feeds';
import { integerOption, textOption, UsageError, type Invocation } from './command';

export interface BenchmarkOptions {
  readonly eps: readonly ExecutionProvider[];
  readonly budget: MeasuringBudget;
  readonly freeDimensions: FreeDimensions;
  readonly batch?: number;
  readonly threads?: number;
  readonly seed: number;
  readonly browser: boolean;
}

const budgetNames = ['quick', 'standard', 'careful'] as const;

/** Throws UsageError for anything that is written wrongly or needs --browser. */
export function readBenchmarkOptions(invocation: Invocation): BenchmarkOptions {
  const browser = invocation.values.browser === true;
  const eps = listOption(invocation, 'ep').map(parseProvider);
  const elsewhere = eps.find((ep) => ep !== 'wasm');
  if (elsewhere !== undefined && !browser) {
    throw new UsageError(`--ep ${elsewhere} needs a browser: add --browser.`);
  }
  const budget = textOption(invocation, 'budget') ?? 'standard';
  if (!(budgetNames as readonly string[]).includes(budget)) {
    throw new UsageError(`--budget takes ${budgetNames.join(', ')}, not “${budget}”.`);
  }
  return {
    eps: eps.length === 0 ? ['wasm'] : [...new Set(eps)],
    budget: budget as MeasuringBudget,
    freeDimensions: Object.fromEntries(rawList(invocation, 'dim').map(parseDimension)),
    batch: integerOption(invocation, 'batch', { minimum: 1, maximum: 65536 }),
    threads: integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }),
    seed: integerOption(invocation, 'seed', { minimum: 0, maximum: 4294967295 }) ?? 0,
    browser,
  };
}

function listOption(invocation: Invocation, name: string): readonly string[] {
  return rawList(invocation, name).flatMap((text) => text.split(',').map((part) => part.trim()));
}

function rawList(invocation: Invocation, name: string): readonly string[] {
  const given = invocation.values[name] ?? [];
  return (Array.isArray(given) ? given : [given]).map(String);
}

function parseProvider(text: string): ExecutionProvider {
  const found = executionProviders.find((ep) => ep === text);
  if (found === undefined) throw new UsageError(`--ep takes ${executionProviders.join(', ')}, not “${text}”.`);
  return found;
}

function parseDimension(text: string): readonly [string, number] {
  const match = /^(.+)=(\d{1,9})$/.exec(text);
  if (!match || Number(match[2]) === 0)
    throw new UsageError(`--dim takes name=value with a whole number above 0, not “${text}”.`);
  return [match[1]!, Number(match[2])];
}
