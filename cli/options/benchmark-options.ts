import * as v from 'valibot';
import { formatProvider, formatQuoted } from '../../src/engine/format';
import { usualNetwork } from '../../src/engine/profiling/cold-start';
import { axisRecord, type SweepAxis } from '../../src/engine/profiling/sweep';
import { benchmarkRequest, type BenchmarkRequest } from '../../src/work/benchmark';
import { parseRequest } from '../../src/work/request';
import { integerOption, isSet, listOption, numberOption, textOption, UsageError, type Invocation } from '../command';
import { shellOption } from '../shell-host';
import { readDataRequest } from './data-options';
import { dimensionsOption, parseProvider } from './run-options';

/** The measurements of one model alone, besides those of the request. */
export interface AloneRequest {
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

export interface BenchmarkOptions extends AloneRequest {
  readonly browser: boolean;
  readonly request: Omit<BenchmarkRequest, 'model' | 'variant'> & Required<Pick<BenchmarkRequest, 'eps' | 'budget'>>;
}

const mostSweptValues = 16;

/** Throws UsageError for anything that is written wrongly or needs --browser. */
export async function readBenchmarkOptions(invocation: Invocation): Promise<BenchmarkOptions> {
  const browser = isSet(invocation, 'browser');
  const eps = listOption(invocation, 'ep')
    .flatMap((text) => text.split(',').map((part) => part.trim()))
    .map((text) => (text === 'native' ? text : parseProvider(text, browser)));
  const perNode = isSet(invocation, 'per-node');
  if (eps.includes('compiled') && perNode) throw new UsageError('--ep compiled does not work with --per-node.');
  if (eps.includes('native') && (browser || perNode)) {
    throw new UsageError(`--ep native does not work with ${browser ? '--browser' : '--per-node'}.`);
  }
  const sweep = listOption(invocation, 'sweep').map(parseSweep);
  const [trace, memory] = [textOption(invocation, 'trace'), isSet(invocation, 'memory')];
  const roofline = isSet(invocation, 'roofline');
  const sustainedS = integerOption(invocation, 'sustained', { minimum: 1, maximum: 86_400 });
  refuseAxesElsewhere(sweep, browser);
  if (browser && (trace !== undefined || memory || roofline || sustainedS !== undefined)) {
    throw new UsageError(
      '--trace, --memory, --roofline and --sustained do not work with --browser. The page shows these figures for a browser.',
    );
  }
  const data = await readDataRequest(invocation);
  if (data !== undefined && browser) {
    throw new UsageError('--data does not work with --browser. The page can benchmark on its data.');
  }
  const request = {
    eps: eps.length === 0 ? (['wasm'] as const) : [...new Set(eps)],
    budget: textOption(invocation, 'budget') ?? 'standard',
    dimensions: dimensionsOption(invocation),
    batch: numberOption(invocation, 'batch'),
    threads: numberOption(invocation, 'threads'),
    seed: numberOption(invocation, 'seed'),
    perNode,
    data,
  };
  return {
    sweep,
    trace,
    memory,
    sustainedS,
    networkMbps: integerOption(invocation, 'network-mbps', { minimum: 1, maximum: 100_000 }) ?? usualNetwork.mbps,
    roofline,
    browser,
    request: parseRequest(
      v.omit(benchmarkRequest, ['model', 'variant']),
      request,
      shellOption,
    ) as BenchmarkOptions['request'],
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
