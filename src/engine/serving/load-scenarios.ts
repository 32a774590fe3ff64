/**
 * The four scenarios of MLPerf Inference, with the rules for a valid run. They are LoadGen's defaults
 * (loadgen/mlperf.conf) and its early stopping (loadgen/early_stopping.cc, results.cc), which decides how many queries
 * a percentile needs.
 */
import * as v from 'valibot';
import { formatCount, formatDuration, formatList, formatNumber, formatRate } from '../format';
import { quantileOfSorted } from '../metrics/quantile';
import { count, finite, nonNegative } from '../metrics/schema-parts';

export const scenarioNames = ['single-stream', 'multi-stream', 'server', 'offline'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

interface ScenarioRules {
  readonly samplesPerQuery: number;
  /** The quantile of the latency that is the result, or that must be within the target. `null`: the result is a throughput. */
  readonly quantile: number | null;
}

const rulesOf: Readonly<Record<ScenarioName, ScenarioRules>> = {
  'single-stream': { samplesPerQuery: 1, quantile: 0.9 },
  'multi-stream': { samplesPerQuery: 8, quantile: 0.99 },
  server: { samplesPerQuery: 1, quantile: 0.99 },
  offline: { samplesPerQuery: 1, quantile: null },
};

export function samplesPerQueryOf(scenario: ScenarioName): number {
  return rulesOf[scenario].samplesPerQuery;
}

/** The shortest valid duration of every scenario. */
export const leastDurationS = 600;
/** The fewest samples in the one query of the offline scenario. */
export const leastOfflineSamples = 24_576;
/** If requests are sent later than this share of the median latency, the load is not the requested one. */
const mostLateness = 0.1;
const confidence = 0.99;

export const scenarioResultSchema = v.object({
  scenario: v.picklist(scenarioNames),
  metric: v.object({
    name: v.picklist(['p90-latency-ms', 'p99-latency-ms', 'queries-per-second', 'samples-per-second']),
    /** `null` if there are too few queries for this percentile, or if no rate is within the target. */
    value: v.nullable(nonNegative),
  }),
  queries: count,
  samplesPerQuery: count,
  /** Seconds from the first query to the last scheduled one; in the offline scenario, to the last answer. */
  durationS: nonNegative,
  /** The bound for the percentile of the server scenario; `null` for the other scenarios. */
  targetMs: v.nullable(nonNegative),
  isValid: v.boolean(),
  rules: v.pipe(
    v.array(
      v.object({
        rule: v.picklist(['duration-s', 'queries', 'samples', 'failed-queries', 'late-queries', 'lateness-ms']),
        /** `least`: at least `bound`. `most`: at most. */
        kind: v.picklist(['least', 'most']),
        bound: finite,
        found: finite,
        holds: v.boolean(),
      }),
    ),
    v.maxLength(8),
  ),
});

export type ScenarioResult = v.InferOutput<typeof scenarioResultSchema>;
type RuleResult = ScenarioResult['rules'][number];

/** A run of a scenario. */
export interface ScenarioRun {
  readonly scenario: ScenarioName;
  /** Latencies of answered queries, from the scheduled time of each to the answer of its last sample. */
  readonly latenciesMs: readonly number[];
  /** Queries with a sample that got no answer, or an error. */
  readonly failed: number;
  readonly durationS: number;
  /** The latency bound of the server scenario. */
  readonly targetMs?: number;
  /** 99th percentile of how late the client sent; 0 in a simulation. */
  readonly lateMs: number;
}

/** The result of a run, with each rule and whether it holds. */
export function resultOfScenario(run: ScenarioRun): ScenarioResult {
  const { scenario, failed, durationS } = run;
  const { samplesPerQuery, quantile } = rulesOf[scenario];
  const latencies = Float64Array.from(run.latenciesMs).sort();
  const queries = latencies.length + failed;
  const rules: readonly RuleResult[] = [
    atLeast('duration-s', leastDurationS, durationS),
    ...(quantile === null
      ? [atLeast('samples', leastOfflineSamples, queries)]
      : [atLeast('queries', queriesFor(quantile, scenario === 'server' ? 0 : 1), queries)]),
    ...(scenario === 'server' ? serverRules(run, latencies) : [atMost('failed-queries', 0, failed)]),
  ];
  const targetMs = scenario === 'server' ? (run.targetMs ?? 0) : null;
  return {
    ...{ scenario, metric: metricOf(run, latencies, rules), queries, samplesPerQuery, durationS, targetMs },
    isValid: rules.every(({ holds }) => holds),
    rules: [...rules],
  };
}

/** Queries that failed count among those that were late. */
function serverRules({ failed, targetMs = 0, lateMs }: ScenarioRun, latencies: Float64Array): readonly RuleResult[] {
  const late = failed + latencies.filter((ms) => ms > targetMs).length;
  const allowed = mostOver(latencies.length + failed, rulesOf.server.quantile ?? 0);
  const medianMs = latencies.length === 0 ? 0 : quantileOfSorted(latencies, 0.5);
  return [atMost('late-queries', allowed, late), atMost('lateness-ms', mostLateness * medianMs, lateMs)];
}

function metricOf(
  { scenario, durationS, failed }: ScenarioRun,
  latencies: Float64Array,
  rules: readonly RuleResult[],
): ScenarioResult['metric'] {
  const perSecond = durationS === 0 ? 0 : latencies.length / durationS;
  if (scenario === 'offline') return { name: 'samples-per-second', value: perSecond };
  if (scenario === 'server') {
    const isHeld = rules.every(({ rule, holds }) => holds || rule === 'duration-s');
    return { name: 'queries-per-second', value: isHeld ? perSecond : null };
  }
  const value = percentileBound(latencies, failed, rulesOf[scenario].quantile ?? 0);
  return { name: scenario === 'single-stream' ? 'p90-latency-ms' : 'p99-latency-ms', value };
}

function atLeast(rule: RuleResult['rule'], bound: number, found: number): RuleResult {
  return { rule, kind: 'least', bound, found, holds: found >= bound };
}

function atMost(rule: RuleResult['rule'], bound: number, found: number): RuleResult {
  return { rule, kind: 'most', bound, found, holds: found <= bound };
}

/**
 * Returns an upper bound of a quantile with 99 % confidence, as LoadGen's early stopping estimates it. The number of
 * queries decides how many of the highest latencies are dropped. Failed queries count as the highest. `null` if there
 * are too few queries, or if the bound is a failed one.
 */
export function percentileBound(ascendingMs: Float64Array, failed: number, quantile: number): number | null {
  const queries = ascendingMs.length + failed;
  const over = mostOver(queries, quantile);
  return over < 1 ? null : (ascendingMs[queries - over] ?? null);
}

/**
 * Returns the most of `queries` that may exceed a quantile if it must hold with 99 % confidence. It is also 0 for too
 * few queries.
 */
function mostOver(queries: number, quantile: number): number {
  let [most, tooMany] = [0, queries];
  while (tooMany - most > 1) {
    const middle = (most + tooMany) >> 1;
    if (isConfident(queries, quantile, middle)) most = middle;
    else tooMany = middle;
  }
  return most;
}

/**
 * Returns the fewest queries for which `over` may exceed a quantile that is claimed with 99 % confidence. That is the
 * least n with P(Binomial(n, 1 − quantile) ≤ over) < 1 %.
 */
export function queriesFor(quantile: number, over: number): number {
  let [tooFew, enough] = [over, Math.max(1, over)];
  while (!isConfident(enough, quantile, over)) {
    tooFew = enough;
    enough *= 2;
  }
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isConfident(middle, quantile, over)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

function isConfident(queries: number, quantile: number, over: number): boolean {
  return binomialAtMost(queries, 1 - quantile, over) < 1 - confidence;
}

/** P(Binomial(n, p) ≤ most), as a sum from its largest term downwards, in logarithms against underflow. */
function binomialAtMost(n: number, p: number, most: number): number {
  if (most >= n) return 1;
  let logTerm = n * Math.log1p(-p);
  const logOdds = Math.log(p) - Math.log1p(-p);
  let [logLargest, sum] = [logTerm, 1];
  for (let k = 1; k <= most; k++) {
    logTerm += Math.log((n - k + 1) / k) + logOdds;
    if (logTerm > logLargest) {
      sum = sum * Math.exp(logLargest - logTerm) + 1;
      logLargest = logTerm;
    } else {
      sum += Math.exp(logTerm - logLargest);
    }
  }
  return sum * Math.exp(logLargest);
}

const titles: Readonly<Record<ScenarioName, string>> = {
  'single-stream': 'Single stream',
  'multi-stream': 'Multi stream',
  server: 'Server',
  offline: 'Offline',
};

/** The result and why it is not valid, if so, in one sentence. */
export function describeScenario(result: ScenarioResult): string {
  const broken = result.rules.filter(({ holds }) => !holds).map(describeBroken);
  const validity = broken.length === 0 ? 'valid' : `not valid: ${formatList(broken)}`;
  return `${titles[result.scenario]}: ${describeMetric(result)}; ${validity}.`;
}

function describeMetric({ scenario, metric: { value }, samplesPerQuery, targetMs }: ScenarioResult): string {
  if (scenario === 'offline') return `${formatRate(value ?? 0)} samples per second`;
  if (scenario === 'server') {
    const goal = `p99 within ${formatDuration(targetMs ?? 0)}`;
    return value === null ? `no rate with ${goal}` : `${formatRate(value)} queries per second with ${goal}`;
  }
  const quantile = scenario === 'single-stream' ? 'p90' : 'p99';
  const of = samplesPerQuery === 1 ? '' : ` of ${samplesPerQuery} samples`;
  return value === null ? `too few queries for ${quantile}` : `${quantile} ${formatDuration(value)}${of}`;
}

function describeBroken({ rule, bound, found }: RuleResult): string {
  switch (rule) {
    case 'duration-s':
      return `${formatNumber(found, 3)} s instead of ${formatNumber(bound)} s`;
    case 'queries':
    case 'samples':
      return `${formatCount(found)} ${rule} instead of ${formatCount(bound)}`;
    case 'failed-queries':
      return `${formatCount(found)} failed`;
    case 'late-queries':
      return `${formatCount(found)} queries over the target, ${formatCount(bound)} allowed`;
    case 'lateness-ms':
      return `requests were sent ${formatDuration(found)} late`;
  }
}
