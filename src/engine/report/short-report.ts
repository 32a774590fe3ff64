import { namedCandidates } from '../search/describe-search';
import { resultOf } from '../search/search-journal';
import { findSearched } from './find-in-report';
import { mostNotes, type Report } from './report-schema';

/** Significant figures of measurements. No place shows more. */
const figures = 4;

/**
 * Leaves out the parts that take most of a link and that its reader needs least. These are ticked samples, changes and refusals of
 * passes beyond their counts, distributions, single outputs, figures by class, times over the values of a setting, and
 * providers of devices. A search keeps only the candidates that its sentence names, and those of variants. It is left
 * out if the sentence counts candidates instead. Measurements are rounded. A note says so. Recipes and candidates stay
 * unchanged.
 */
export function shortReport(report: Report): Report {
  const { search, sweeps: _sweeps, samples: _samples, ...others } = report;
  const { device, evaluations, elsewhere, notes = [] } = report;
  const candidates = search === undefined ? [] : shownCandidates(report, search);
  return {
    ...others,
    notes: [...notes.slice(0, mostNotes - 1), 'Shortened for a QR code. The link of the report has all details.'],
    device: device && withoutProviders(device),
    variants: report.variants.map((variant) => ({
      ...variant,
      passes: variant.passes.map(({ details: _details, ...pass }) => ({ ...pass, changes: [], refusals: [] })),
    })),
    ...shortMeasurements(report),
    ...(evaluations && { evaluations: rounded(evaluations.map(({ classes: _classes, ...evaluation }) => evaluation)) }),
    ...(search && candidates.length > 0 && { search: { ...search, candidates, leftOut: [] } }),
    ...(elsewhere && {
      elsewhere: elsewhere.map(({ sweeps: _theirs, ...other }) => ({
        ...other,
        device: other.device && withoutProviders(other.device),
        ...shortMeasurements(other),
      })),
    }),
  };
}

/** The candidates that the headline and the sentence on the search need. None if the sentence names none. */
function shownCandidates(report: Report, search: NonNullable<Report['search']>) {
  const named = namedCandidates(resultOf(search));
  if (named.length === 0) return [];
  const ofVariants = report.variants.map(({ id }) => findSearched(report, id)?.id);
  const shown = new Set([...named.map(({ id }) => id), ...ofVariants]);
  return search.candidates.filter(({ id }) => shown.has(id));
}

function withoutProviders(device: NonNullable<Report['device']>): NonNullable<Report['device']> {
  return { ...device, providers: [] };
}

function shortMeasurements({
  cells,
  comparisons,
}: Pick<Report, 'cells' | 'comparisons'>): Pick<Report, 'cells' | 'comparisons'> {
  return rounded({
    cells: cells.map((cell) => ({ ...cell, quantilesMs: [], outputMatch: { ...cell.outputMatch, outputs: [] } })),
    comparisons: comparisons.map(({ original, ...comparison }) => {
      if (original === undefined) return comparison;
      const { medianMs, intervalMs } = original;
      return { ...comparison, original: { medianMs, intervalMs } };
    }),
  });
}

function rounded<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'number' && !Number.isInteger(part) ? Number(part.toPrecision(figures)) : part,
  ) as Value;
}
