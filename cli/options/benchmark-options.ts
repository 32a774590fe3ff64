import type { ExecutionProvider, MeasuringBudget } from '../../src/engine/metrics/cell';
import { formatProvider, formatQuoted } from '../../src/engine/format';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { usualNetwork } from '../../src/engine/profiling/cold-start';
import { axisRecord, type SweepAxis } from '../../src/engine/profiling/sweep';
import { largestSeed } from '../../src/engine/seeded-random';
import { budgets } from '../../src/runtime/benchmark/budget';
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
  /** Settings to measure the model over. */
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

const mostSweptValues = 16;

/** The value of --budget, or the usual one. Throws UsageError for another word. */
export function readBudget(invocation: Invocation, usual: MeasuringBudget): MeasuringBudget {
  const budget = textOption(invocation, 'budget') ?? usual;
  const isBudget = (text: string): text is MeasuringBudget => Object.hasOwn(budgets, text);
  if (isBudget(budget)) return budget;
  throw new UsageError(`--budget must be one of ${Object.keys(budgets).join(', ')}, not ${formatQuoted(budget)}.`);
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
  const budget = readBudget(invocation, 'standard');
  const sweep = listOption(invocation, 'sweep').map(parseSweep);
  const [trace, memory] = [textOption(invocation, 'trace'), invocation.values.memory === true];
  const roofline = invocation.values.roofline === true;
  const sustainedS = integerOption(invocation, 'sustained', { minimum: 1, maximum: 86_400 });
  refuseAxesElsewhere(sweep, browser);
  if (browser && (trace !== undefined || memory || roofline || sustainedS !== undefined)) {
    throw new UsageError(
      '--trace, --memory, --roofline and --sustained do not work with --browser. The page shows these figures for a browser.',
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
    seed: integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed }) ?? 0,
    browser,
    perNode,
  };
}

/** `batch=1,2,4`, `optimization=basic,all`, or the values of a free dimension. */
function parseSweep(text: string): SweepAxis {
  const [, axis, list] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  if (axis === undefined || list === undefined) {
    throw new UsageError(`--sweep must be a list such as batch=1,2,4, not ${formatQuoted(text)}.`);
  }
  const { allowed } = axisRecord(axis);
  const parts = [...new Set(list.split(',').map((part) => part.trim()))];
  if (typeof allowed !== 'number') {
    const wrong = parts.find((part) => !allowed.includes(part));
    if (wrong === undefined) return { axis, values: parts };
    throw new UsageError(`--sweep ${axis} takes ${allowed.join(', ')}, not ${formatQuoted(wrong)}.`);
  }
  const isRight = parts.length <= mostSweptValues && parts.every((part) => /^[1-9]\d*$/.test(part) && +part <= allowed);
  if (!isRight) {
    throw new UsageError(
      `--sweep ${axis} takes at most ${mostSweptValues} whole numbers from 1 to ${allowed}, not ${formatQuoted(list)}.`,
    );
  }
  return { axis, values: parts.map(Number).toSorted((a, b) => a - b) };
}

/** Throws UsageError for an axis that needs another provider than those of this command. */
function refuseAxesElsewhere(sweep: readonly SweepAxis[], browser: boolean): void {
  const elsewhere = sweep.find(({ axis }) => axisRecord(axis).ep !== undefined);
  if (browser || elsewhere === undefined) return;
  throw new UsageError(
    `--sweep ${elsewhere.axis} needs ${formatProvider(axisRecord(elsewhere.axis).ep!)}. Add --browser.`,
  );
}
