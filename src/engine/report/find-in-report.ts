/** Finds the parts of a report that belong to a variant, a cell or the original beside it. */
import { formatCounted } from '../format';
import { originalId } from '../metrics/cell';
import { findEvaluated, type Candidate } from '../search/candidate';
import { executionProviders, type ExecutionProvider } from '../metrics/cell';
import type { ReportEvaluation } from './evaluation-schema';
import type { Report, ReportCell, ReportVariant } from './report-schema';

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

/** Finds the comparison of a cell with the original that it took turns with. */
export function findComparison(report: Report, { variant, ep }: CellName): Report['comparisons'][number] | undefined {
  return find(report.comparisons, variant, ep);
}

/** Providers with a result or a failure, in the fixed order. */
export function measuredProviders(report: Report): readonly ExecutionProvider[] {
  const found = new Set([...report.cells, ...report.failures].map(({ ep }) => ep));
  return executionProviders.filter((ep) => found.has(ep));
}

/** The variant that a report opens on: the one that was in view when it was made, else its first. */
export function openingVariant(report: Report): ReportVariant | undefined {
  return report.variants.find(({ id }) => id === report.selected) ?? report.variants[0];
}

/** One count of random inputs in a whole report: the one that holds for every cell of it. */
export function withCountOfReport<Cell extends Pick<ReportCell, 'measuredWith' | 'outputMatch'>>(
  { data }: Report,
  cell: Cell,
): Cell {
  if (data.kind !== 'synthetic' || cell.measuredWith !== undefined || data.samples === 0) return cell;
  return { ...cell, outputMatch: { ...cell.outputMatch, samples: data.samples } };
}

/** `8 synthetic inputs, seed 0`, `8 samples of the data`: what the cells of a report, or one of them, ran on. `undefined`: none. */
export function measuredInputs(
  { data, cells }: Pick<Report, 'data' | 'cells'>,
  cell?: Pick<ReportCell, 'measuredWith' | 'outputMatch'>,
): string | undefined {
  if (data.kind === 'none') return undefined;
  const asked = cell === undefined ? cells : [cell];
  const isOfData = asked.length > 0 && asked.every(({ outputMatch }) => outputMatch.inputs === 'data');
  const samples = cell?.outputMatch.samples ?? data.samples;
  if (isOfData) return `${formatCounted(samples, 'data sample')}`;
  return `${formatCounted(samples, 'random input')}, seed ${(cell?.measuredWith ?? data).seed}`;
}

/** The evaluation that stands for a variant, or for `original`. */
export function findEvaluation(report: Report, variantId: string): ReportEvaluation | undefined {
  return report.evaluations?.find(({ variant }) => variant === variantId);
}

/** The candidate of the search with the recipe of a variant. `undefined` without a search, and if it never evaluated the variant on data. */
export function findSearched({ variants, search }: Report, variantId: string): Candidate | undefined {
  const variant = variants.find(({ id }) => id === variantId);
  return variant?.fromFile === undefined
    ? variant && search && findEvaluated(search.candidates, variant.recipe)
    : undefined;
}

/** The evaluation that says how many samples of the data could be used: the original's, which all others ran beside. */
export function standingEvaluation(report: Report): ReportEvaluation | undefined {
  return findEvaluation(report, originalId) ?? report.evaluations?.[0];
}
