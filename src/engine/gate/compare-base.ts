/** Compares the costs of a model with those of the model that it replaces. */
import type { Inspection } from '../analysis/inspection';
import { formatBytes, formatCount, formatNumber, formatPercent } from '../format';
import { formatMetric, isShareMetric, metricName } from '../metrics/describe-accuracy';

export interface CostFacts {
  readonly inspection: Pick<Inspection, 'parameters' | 'macs' | 'providers'>;
  /** Model file and data files. */
  readonly sizeBytes: number;
  readonly gzipBytes: number;
}

export interface CostChange {
  /** `sizeBytes`, `opsNotOn.webgpu`, as limits are named; or a metric of accuracy, such as `top1`. */
  readonly figure: string;
  /** `null`: unknown. */
  readonly base: number | null;
  readonly model: number | null;
}

/** Exact figures of both, in the order of the limits. */
export function compareCosts(base: CostFacts, model: CostFacts): readonly CostChange[] {
  const figures: readonly (readonly [string, (facts: CostFacts) => number | null])[] = [
    ['sizeBytes', ({ sizeBytes }) => sizeBytes],
    ['gzipBytes', ({ gzipBytes }) => gzipBytes],
    ['parameters', ({ inspection }) => inspection.parameters],
    ['macs', ({ inspection }) => inspection.macs],
    ['opsNotOn.webgpu', ({ inspection }) => inspection.providers.webgpu.leaves.length],
    ['opsNotOn.webnn', ({ inspection }) => inspection.providers.webnn.leaves.length],
  ];
  return figures.map(([figure, of]) => ({ figure, base: of(base), model: of(model) }));
}

/** A row for people: `4.75 MB`, `1.23 MB`, `−74 %`. */
export function describeChange({ figure, base, model }: CostChange): readonly [string, string, string, string] {
  const format = formatOf(figure);
  const text = (value: number | null): string => (value === null ? 'unknown' : format(value));
  return [figure, text(base), text(model), isMetric(figure) ? pointsOf(base, model, figure) : changeOf(base, model)];
}

/** Costs have no name for people. */
const isMetric = (figure: string): boolean => metricName(figure) !== figure;

function formatOf(figure: string): (value: number) => string {
  if (isMetric(figure)) return (value) => formatMetric(figure, value);
  return figure.endsWith('Bytes') ? formatBytes : formatCount;
}

function pointsOf(base: number | null, model: number | null, metric: string): string {
  if (base === null || model === null) return '';
  if (base === model) return 'unchanged';
  const change = model - base;
  return `${change > 0 ? '+' : '−'}${isShareMetric(metric) ? `${formatNumber(100 * Math.abs(change), 2)} points` : formatNumber(Math.abs(change), 3)}`;
}

function changeOf(base: number | null, model: number | null): string {
  if (base === null || model === null) return '';
  if (base === model) return 'unchanged';
  if (base === 0) return 'new';
  const change = model / base - 1;
  return `${change > 0 ? '+' : ''}${formatPercent(change)}`;
}
