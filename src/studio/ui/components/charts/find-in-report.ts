/** What a report holds about one cell. */
import { executionProviders, type ExecutionProvider } from '../../../../engine/metrics/cell';
import type { Report, ReportCell } from '../../../../engine/report/report-schema';

type CellName = Pick<ReportCell, 'variant' | 'ep'>;

function find<Item extends CellName>(items: readonly Item[], variant: string, ep: ExecutionProvider): Item | undefined {
  return items.find((item) => item.variant === variant && item.ep === ep);
}

export function findCell(report: Report, variantId: string, ep: ExecutionProvider): ReportCell | undefined {
  return find(report.cells, variantId, ep);
}

export function findFailure(
  report: Report,
  variantId: string,
  ep: ExecutionProvider,
): Report['failures'][number] | undefined {
  return find(report.failures, variantId, ep);
}

/** How a cell compares with the original that it took turns with. */
export function findComparison(report: Report, { variant, ep }: CellName): Report['comparisons'][number] | undefined {
  return find(report.comparisons, variant, ep);
}

/** Providers with a result or a failure, in the fixed order. */
export function measuredProviders(report: Report): readonly ExecutionProvider[] {
  const found = new Set([...report.cells, ...report.failures].map(({ ep }) => ep));
  return executionProviders.filter((ep) => found.has(ep));
}
