/** Maps numbers to the strength of a color. Pure. */
import type { NodeMetric, NodeNumbers } from './node-metric';

export interface MetricScale {
  readonly least: number;
  readonly most: number;
  /** 0 to 1. */
  strengthOf(value: number): number;
}

/** Over all the models in view, so that equal colors mean equal numbers. `null` if no number is known. */
export function metricScale(metric: NodeMetric, inView: readonly (NodeNumbers | null)[]): MetricScale | null {
  let [least, most] = [Infinity, -Infinity];
  for (const numbers of inView) {
    if (numbers?.state !== 'known') continue;
    for (const value of numbers.byPath.values()) {
      if (value === null || !Number.isFinite(value)) continue;
      [least, most] = [Math.min(least, value), Math.max(most, value)];
    }
  }
  if (most === -Infinity) return null;
  const { scale } = metric;
  // Equal areas of color look alike, so roots are taken.
  if (scale.kind === 'areas') return { least: 0, most, strengthOf: (value) => Math.sqrt(shareOf(value, 0, most)) };
  const [from, to] = [scale.least ?? least, scale.most ?? most];
  const strengthOf = (value: number): number => {
    const share = shareOf(value, from, to);
    return scale.strongest === 'most' ? share : 1 - share;
  };
  return { least: from, most: to, strengthOf };
}

function shareOf(value: number, from: number, to: number): number {
  if (to <= from) return value >= to && to !== 0 ? 1 : 0;
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}
