/** What a simulation found, in one sentence and without a term. */
import { formatCount, formatDuration, formatNumber, formatPercent, formatShare } from '../format';
import type { Arrivals } from './arrivals';
import { requestsFor, type ServingResult } from './serving-result';

/** `capacity`: requests a second that full batches serve. */
export function servingHeadline(arrivals: Arrivals, result: ServingResult, capacity: number): string {
  const { saturation, answeredMs, cache, utilisation } = result;
  const load = describeLoad(arrivals, result);
  if (saturation.isUnstable) {
    return `${load} the queue grows by ${formatRate(saturation.growthPerSecond)} requests every second: these settings keep up with about ${formatRate(capacity)}.`;
  }
  // Of a small model, which is hardly ever busy, the first figures count.
  const share = utilisation < 0.01 ? formatShare(utilisation) : formatPercent(utilisation, 0);
  const busy = `the model is busy ${share} of the time`;
  const saved = cache === null ? '' : `, and the cache answers ${formatPercent(cache.hitRate, 0)}`;
  if (answeredMs.p95 === null) {
    return `${load} ${busy}${saved}; too few requests came to say how long they wait: ${requestsFor(0.95)} are needed.`;
  }
  return `${load} 95\u00a0% wait less than ${formatDuration(answeredMs.p95)} for their answer; ${busy}${saved}.`;
}

function describeLoad(arrivals: Arrivals, { offeredPerSecond, servedPerSecond }: ServingResult): string {
  if (arrivals.kind === 'closed') {
    const { clients } = arrivals;
    return `${formatCount(clients)} ${clients === 1 ? 'client gets' : 'clients get'} ${formatRate(servedPerSecond)} answers a second;`;
  }
  return `At ${formatRate(offeredPerSecond)} requests a second${arrivals.kind === 'bursts' ? ' on average' : ''},`;
}

/** Three figures: a simulation has no more. */
export function formatRate(perSecond: number): string {
  const rounded = Number(perSecond.toPrecision(3));
  return rounded >= 100 ? formatCount(rounded) : formatNumber(rounded, 3);
}

/** A percentile, or what it takes to claim one. */
export function formatClaim(ms: number | null, quantile: number): string {
  return ms === null ? `needs ${requestsFor(quantile)} requests` : formatDuration(ms);
}
