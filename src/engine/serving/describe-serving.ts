/** Describes the result of a simulation in one sentence without technical terms. */
import {
  formatChange,
  formatCount,
  formatCounted,
  formatDuration,
  formatPercent,
  formatRate,
  formatRatio,
  formatShare,
} from '../format';
import type { Arrivals } from './arrivals';
import { heldSlowdown, type LiveComparison } from './compare-live';
import { mostInstances, type InstancesNeed } from './needed-instances';
import { requestsFor, type ServingResult } from './serving-result';
import type { TunedServing } from './tune-serving';

export interface ServedLoad {
  /** Requests a second that full batches serve. */
  readonly capacityPerSecond: number;
  readonly durationS: number;
}

/** Refused requests below this share are in the table only. */
const shownRefusals = 0.01;

/** Says in one sentence how a load is served: what matters most comes first. */
export function servingHeadline(
  arrivals: Arrivals,
  result: ServingResult,
  { capacityPerSecond, durationS }: ServedLoad,
): string {
  const { saturation, answeredMs, cache, utilization, offeredPerSecond } = result;
  const load = describeLoad(arrivals, result);
  const limit = `These settings can serve about ${formatRate(capacityPerSecond)}.`;
  const refused = (result.rejected + result.timedOut) / Math.max(1, offeredPerSecond * durationS);
  if (refused >= shownRefusals) {
    const late = `${load} ${formatPercent(refused, 0)} of requests are rejected or time out.`;
    return offeredPerSecond > capacityPerSecond ? `${late} ${limit}` : late;
  }
  if (saturation.isUnstable) {
    return `${load} the queue grows by ${formatRate(saturation.growthPerSecond)} requests per second. ${limit}`;
  }
  // A small model is hardly ever busy, so a whole percentage would say too little.
  const share = utilization < 0.01 ? formatShare(utilization) : formatPercent(utilization, 0);
  const busy = `the model is busy ${share} of the time`;
  const saved = cache === null ? '' : `, and the cache serves ${formatPercent(cache.hitRate, 0)}`;
  if (answeredMs.p95 === null) {
    return `${load} ${busy}${saved}. Too few requests to report latency: ${requestsFor(0.95)} are needed.`;
  }
  return `${load} 95\u00a0% of responses take less than ${formatDuration(answeredMs.p95)}; ${busy}${saved}.`;
}

export interface NeedOfModel extends InstancesNeed {
  /** `the original`, or a variant's name. */
  readonly name: string;
}

/** Says in one sentence how many instances each of one or two models needs for a load. */
export function describeNeed(offeredPerSecond: number, targetMs: number, models: readonly NeedOfModel[]): string {
  const load = `At ${formatRate(offeredPerSecond)} requests per second`;
  const goal = `to serve 95\u00a0% within ${formatDuration(targetMs)}`;
  const [first, second] = models;
  if (first === undefined) return '';
  const isTooSlow = models.some(({ idleAnswerMs }) => idleAnswerMs !== null);
  if (second?.needed === first.needed && !isTooSlow) {
    const both = `${first.name} and ${second.name}`;
    return first.needed === null
      ? `${load}, ${mostInstances} instances are too few for ${both} ${goal}.`
      : `${load}, ${both} each need ${formatCounted(first.needed, 'instance')} ${goal}.`;
  }
  const need = ({ name, needed, idleAnswerMs }: NeedOfModel): string => {
    if (needed !== null) return `${name} needs ${formatCounted(needed, 'instance')}`;
    return idleAnswerMs === null
      ? `${mostInstances} instances are too few for ${name}`
      : `no number of instances is enough for ${name}`;
  };
  const why = ({ idleAnswerMs }: NeedOfModel): string =>
    idleAnswerMs === null ? '' : `, because a request alone takes up to ${formatDuration(idleAnswerMs)}`;
  const other = second === undefined ? '' : `; ${need(second)}${why(second)}`;
  return `${load}, ${need(first)} ${goal}${why(first)}${other}.`;
}

/** The best settings that a search found, and whether they reach the objective, in one sentence. */
export function tunedHeadline({ best }: Pick<TunedServing, 'best'>, arrivals: Arrivals, targetMs: number): string {
  const { maxBatch, maxWaitMs, instances, threads, p95Ms, withinTarget, offeredPerSecond } = best;
  const load =
    arrivals.kind === 'closed'
      ? `with ${formatCounted(arrivals.clients, 'client')}`
      : arrivals.kind === 'stream'
        ? `with ${formatCounted(arrivals.requestsAtOnce, 'request')} at once`
        : `at ${formatRate(rateOf(arrivals, offeredPerSecond))} requests per second`;
  const goal = `p95 ≤ ${formatDuration(targetMs)} ${load}`;
  const wait = maxWaitMs === 0 ? 'no wait' : `${formatDuration(maxWaitMs)} wait`;
  const batches = maxBatch === 1 ? 'no batching' : `batches of up to ${formatCount(maxBatch)}, ${wait}`;
  const settings = `${batches}, ${formatCounted(instances, 'instance')} with ${formatCounted(threads, 'thread')}`;
  const found = p95Ms === null ? `${formatPercent(withinTarget)} in time` : `p95 ${formatDuration(p95Ms)}`;
  const isReached = p95Ms !== null && p95Ms <= targetMs;
  return `${isReached ? 'Best' : 'No setting reaches the goal; closest'} for ${goal}: ${settings} (${found}).`;
}

/** Compares a live run with the simulation in one sentence. */
export function describeLive(compared: LiveComparison): string {
  const { live, simulated } = compared;
  const [real, predicted] = [live.answeredMs.p95, simulated.answeredMs.p95];
  if (live.saturation.isUnstable) {
    return `In the live run the queue grows by ${formatRate(live.saturation.growthPerSecond)} requests per second; ${causeOf(compared)}.`;
  }
  if (real === null || predicted === null)
    return `Too few requests were served to compare: ${requestsFor(0.95)} are needed.`;
  const error = real === 0 ? '' : ` (${formatChange(real, predicted)})`;
  return `In the live run 95\u00a0% took less than ${formatDuration(real)}; simulated ${formatDuration(predicted)}${error}; ${causeOf(compared)}.`;
}

/** Explains why a simulation differs: other times, other work of the device, or the cost of a batch besides its run. */
function causeOf({ live, simulated, onLiveTimes, slowdown, handOverMs }: LiveComparison): string {
  const [least, most] = heldSlowdown;
  const [real, predicted, explained] = [live, simulated, onLiveTimes].map(({ answeredMs }) => answeredMs.p95 ?? 0);
  const isSlower = live.saturation.isUnstable || real! > predicted!;
  if (!isSlower && slowdown < least) {
    return `runs took ${formatPercent(1 - slowdown, 0)} less time under load than in the timing`;
  }
  if (!isSlower || slowdown > most) {
    return `runs took ${formatRatio(slowdown)} as long under load as in the timing`;
  }
  return real! > explained! * most
    ? 'slow runs came together, as on a device with other work'
    : `dispatching a batch takes ${formatDuration(handOverMs)} in addition to its run`;
}

function describeLoad(arrivals: Arrivals, { offeredPerSecond, servedPerSecond }: ServingResult): string {
  if (arrivals.kind === 'closed') {
    const { clients } = arrivals;
    return `${formatCount(clients)} ${clients === 1 ? 'client gets' : 'clients get'} ${formatRate(servedPerSecond)} responses per second;`;
  }
  if (arrivals.kind === 'stream') {
    const at = `${formatCounted(arrivals.requestsAtOnce, 'request')} at once`;
    return `With ${at}, ${formatRate(servedPerSecond)} responses come per second;`;
  }
  return `At ${formatRate(rateOf(arrivals, offeredPerSecond))} requests per second${arrivals.kind === 'bursts' ? ' on average' : ''},`;
}

/** Returns the requested rate if there is one. The rate of a short run also contains chance. */
export function rateOf(arrivals: Arrivals, offeredPerSecond: number): number {
  return arrivals.kind === 'poisson' ? arrivals.perSecond : offeredPerSecond;
}

/** Formats a percentile, or says how many requests it needs. */
export function formatClaim(ms: number | null, quantile: number): string {
  return ms === null ? `needs ${requestsFor(quantile)} requests` : formatDuration(ms);
}
