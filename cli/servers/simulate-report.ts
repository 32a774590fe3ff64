/** The output of `simulate`: its JSON document, and the same for people. */
import { formatCount, formatCounted, formatDuration, formatPercent, formatRate } from '../../src/engine/format';
import type { LiveComparison } from '../../src/engine/serving/compare-live';
import { describeLive, formatClaim } from '../../src/engine/serving/describe-serving';
import type { ScenarioResult } from '../../src/engine/serving/load-scenarios';
import type { Percentiles, ServingResult } from '../../src/engine/serving/serving-result';
import type { TextLengths } from '../../src/engine/serving/text-lengths';
import type { TunedServing } from '../../src/engine/serving/tune-serving';
import type { MeasuredBatches } from '../../src/runtime/serving/measure-batches';
import { formatTable } from '../words/table';

/** The JSON document: a contract, so from the first release on keys are only ever added. */
export interface SimulateResult extends ServingResult {
  readonly model: string;
  /** SHA-256 of the model file. */
  readonly sha256: string;
  readonly durationS: number;
  readonly seed: number;
  readonly threads: number;
  readonly inputs: { readonly count: number; readonly exponent: number };
  /** Median of the measured runs of each batch size. */
  readonly batchMs: Readonly<Record<string, number>>;
  /** The source of the inputs of the measured runs. */
  readonly measuredOn: MeasuredBatches['inputs'];
  /** The source of the times: WASM in this process, or a bundle's server (`--times`). */
  readonly timesOf: 'wasm' | 'server';
  readonly fixedBatch?: string;
  /**
   * `--lengths`: shares of lengths in tokens, and whether texts within a bucket run together. `timed`: the lengths whose batches
   * were measured. `batchMs` is of the first of them.
   */
  readonly lengths?: TextLengths & { readonly timed: readonly number[] };
  /** `--scenario`: its result, and which of its rules hold. */
  readonly scenario?: ScenarioResult;
  /** `--live`: the result of the same requests on real sessions. */
  readonly live?: LiveComparison;
  /** `--tune`: the settings that were tried, best first. */
  readonly tuned?: TunedServing;
}

export function medians({ times }: Pick<MeasuredBatches, 'times'>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    times.map(({ batch, samplesMs }) => [batch, samplesMs.toSorted((a, b) => a - b)[samplesMs.length >> 1]!]),
  );
}

export function describeSimulation(result: SimulateResult, headline: string): string {
  const { batchMs, batchSizes, cache, saturation, withinTarget, rejected, timedOut, fixedBatch } = result;
  const sizes = [...new Set([...Object.keys(batchMs), ...Object.keys(batchSizes)])].toSorted(
    (a, b) => Number(a) - Number(b),
  );
  const batches = sizes.map((batch) => [
    batch,
    batchMs[batch] === undefined ? 'between' : formatDuration(batchMs[batch]),
    formatCount(batchSizes[batch] ?? 0),
  ]);
  const row = (title: string, { p50, p95, p99 }: Percentiles) => [
    title,
    formatClaim(p50, 0.5),
    formatClaim(p95, 0.95),
    formatClaim(p99, 0.99),
  ];
  return [
    headline,
    `Simulated for ${formatDuration(result.durationS * 1000)} on batch times measured ${result.timesOf === 'server' ? 'of the server' : 'here'}${result.measuredOn === 'data' ? ' with your data' : ''}.`,
    fixedBatch ?? '',
    saturation.isUnstable
      ? ''
      : formatTable(
          [
            ['', 'p50', 'p95', 'p99'],
            row('wait', result.waitMs),
            row('compute', result.computeMs),
            row('both', result.totalMs),
            ...(cache ? [row('from the cache', result.answeredMs)] : []),
          ],
          ['left', 'right', 'right', 'right'],
        ),
    formatTable([['batch', takesOf(result), 'ran'], ...batches], ['right', 'right', 'right']),
    cache
      ? `The cache served ${formatPercent(cache.hitRate)} (${formatCount(cache.hits)} of ${formatCount(cache.hits + cache.misses)}).`
      : '',
    rejected + timedOut > 0 ? `${formatCount(rejected)} rejected, ${formatCount(timedOut)} timed out.` : '',
    ...(result.live === undefined ? [] : describeLiveRun(result.live)),
    withinTarget
      ? `${formatPercent(withinTarget.share)} of all requests were served within ${withinTarget.targetMs} ms.`
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function takesOf({ lengths }: SimulateResult): string {
  return lengths === undefined ? 'takes' : `takes (${formatCounted(lengths.timed[0]!, 'token')})`;
}

function describeLiveRun(compared: LiveComparison): readonly string[] {
  const row = (title: string, { servedPerSecond, utilization, answeredMs }: ServingResult) => [
    title,
    formatRate(servedPerSecond),
    formatPercent(utilization),
    formatClaim(answeredMs.p50, 0.5),
    formatClaim(answeredMs.p95, 0.95),
    formatClaim(answeredMs.p99, 0.99),
  ];
  return [
    describeLive(compared),
    formatTable(
      [
        ['', 'responses per second', 'busy', 'p50', 'p95', 'p99'],
        row('live run', compared.live),
        row('simulated', compared.simulated),
        row('simulated on live times', compared.onLiveTimes),
      ],
      ['left', 'right', 'right', 'right', 'right', 'right'],
    ),
    `Requests came up to ${formatDuration(compared.lateMs)} late (p99).`,
  ];
}
