import type { ExecutionProvider, MeasuringBudget } from '../../src/engine/metrics/cell';
import { formatQuoted } from '../../src/engine/format';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { usualNetwork } from '../../src/engine/profiling/cold-start';
import { budgets } from '../../src/runtime/benchmark/budget';
import type { SweepAxis } from '../../src/runtime/benchmark/sweep';
import { integerOption, listOption, textOption, UsageError, type Invocation } from '../command';
import { dimensionOptions, parseProvider } from './run-options';

export interface BenchmarkOptions {
  readonly eps: readonly ExecutionProvider[];
  readonly budget: MeasuringBudget;
  readonly freeDimensions: FreeDimensions;
  readonly batch?: number;
  readonly threads?: number;
  readonly seed: number;
  readonly browser: boolean;
  readonly perNode: boolean;
  /** Values of batch or threads to measure throughput at. */
  readonly sweep: readonly SweepAxis[];
  /** Path that a trace is written to. */
  readonly trace?: string;
  readonly memory: boolean;
  /** Duration of a sustained run, in seconds. */
  readonly sustainedS?: number;
  /** The network speed that the download of a cold start is computed for, in 10⁶ bits a second. */
  readonly networkMbps: number;
  /** Measures the roofline and finds the bottleneck. */
  readonly roofline: boolean;
}

/** Throws UsageError for anything that is written wrongly or needs --browser. */
export function readBenchmarkOptions(invocation: Invocation): BenchmarkOptions {
  const browser = invocation.values.browser === true;
  const eps = listOption(invocation, 'ep')
    .flatMap((text) => text.split(',').map((part) => part.trim()))
    .map((text) => (text === 'native' ? text : parseProvider(text, browser)));
  const perNode = invocation.values['per-node'] === true;
  if (eps.includes('native') && (browser || perNode)) {
    throw new UsageError(`--ep native does not work with ${browser ? '--browser' : '--per-node'}.`);
  }
  const budget = textOption(invocation, 'budget') ?? 'standard';
  if (!isBudget(budget)) {
    throw new UsageError(`--budget must be one of ${Object.keys(budgets).join(', ')}, not ${formatQuoted(budget)}.`);
  }
  const sweep = listOption(invocation, 'sweep').map(parseSweep);
  const [trace, memory] = [textOption(invocation, 'trace'), invocation.values.memory === true];
  const roofline = invocation.values.roofline === true;
  const sustainedS = integerOption(invocation, 'sustained', { minimum: 1, maximum: 86_400 });
  if (browser && (sweep.length > 0 || trace !== undefined || memory || roofline || sustainedS !== undefined)) {
    throw new UsageError(
      '--sweep, --trace, --memory, --roofline and --sustained do not work with --browser. The page shows these figures for a browser.',
    );
  }
  return {
    sweep,
    trace,
    memory,
    sustainedS,
    networkMbps: integerOption(invocation, 'network-mbps', { minimum: 1, maximum: 100_000 }) ?? usualNetwork.mbps,
    roofline,
    eps: eps.length === 0 ? ['wasm'] : [...new Set(eps)],
    budget,
    freeDimensions: Object.fromEntries(dimensionOptions(invocation)),
    batch: integerOption(invocation, 'batch', { minimum: 1, maximum: 65536 }),
    threads: integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }),
    seed: integerOption(invocation, 'seed', { minimum: 0, maximum: 4294967295 }) ?? 0,
    browser,
    perNode,
  };
}

/** `batch=1,2,4` or `threads=1,2`. */
function parseSweep(text: string): SweepAxis {
  const [, axis, list = ''] = /^(batch|threads)=(\d[\d,]*)$/.exec(text) ?? [];
  const values = list.split(',').map(Number);
  const most = axis === 'threads' ? 64 : 4096;
  if (axis === undefined || values.length > 16 || values.some((value) => value < 1 || value > most)) {
    throw new UsageError(`--sweep must be a list such as batch=1,2,4 or threads=1,2, not ${formatQuoted(text)}.`);
  }
  return { axis: axis as SweepAxis['axis'], values: [...new Set(values)].toSorted((a, b) => a - b) };
}

function isBudget(text: string): text is MeasuringBudget {
  return Object.hasOwn(budgets, text);
}
