/** Compares the costs of a model with those of the model that it replaces. */
import type { Inspection } from '../analysis/inspection';
import { formatBytes, formatCount, formatPercent } from '../format';

export interface CostFacts {
  readonly inspection: Pick<Inspection, 'parameters' | 'macs' | 'providers'>;
  /** Model file and data files. */
  readonly sizeBytes: number;
  readonly gzipBytes: number;
}

export interface CostChange {
  /** `sizeBytes`, `opsNotOn.webgpu`, as limits are named. */
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
  const format = figure.endsWith('Bytes') ? formatBytes : formatCount;
  const text = (value: number | null): string => (value === null ? 'unknown' : format(value));
  return [figure, text(base), text(model), changeOf(base, model)];
}

function changeOf(base: number | null, model: number | null): string {
  if (base === null || model === null) return '';
  if (base === model) return 'unchanged';
  if (base === 0) return 'new';
  const change = model / base - 1;
  return `${change > 0 ? '+' : ''}${formatPercent(change)}`;
}
