import { mostNotes, type Report } from './report-schema';

/** Significant figures of measurements. No place shows more. */
const figures = 4;

/**
 * Leaves out what takes most of a link and what its reader needs least: what each pass changed and refused beyond the counts, the
 * candidates of the search, distributions, outputs one by one, figures by class, and why providers are available. Measurements are
 * rounded. A note says so. Recipes stay as they are.
 */
export function shortReport({ search: _search, ...report }: Report): Report {
  const { device, evaluations, elsewhere, notes = [] } = report;
  return {
    ...report,
    notes: [...notes.slice(0, mostNotes - 1), 'Shortened for a QR code. The link of the report has all details.'],
    device: device && withoutReasons(device),
    variants: report.variants.map((variant) => ({
      ...variant,
      passes: variant.passes.map(({ details: _details, ...pass }) => ({ ...pass, changes: [], refusals: [] })),
    })),
    ...shortMeasurements(report),
    ...(evaluations && { evaluations: rounded(evaluations.map(({ classes: _classes, ...evaluation }) => evaluation)) }),
    ...(elsewhere && {
      elsewhere: elsewhere.map((other) => ({
        ...other,
        device: other.device && withoutReasons(other.device),
        ...shortMeasurements(other),
      })),
    }),
  };
}

function withoutReasons(device: NonNullable<Report['device']>): NonNullable<Report['device']> {
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
