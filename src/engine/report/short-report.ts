import { mostNotes, type Report } from './report-schema';

/**
 * Leaves out what takes most of a link and what its reader needs least: what each pass changed and refused beyond the counts, the
 * candidates of the search, why providers are available, and figures by class. A note says so. Recipes, sizes, times and accuracy
 * stay.
 */
export function shortReport({ search: _search, ...report }: Report): Report {
  const { device, evaluations, notes = [] } = report;
  return {
    ...report,
    notes: [...notes.slice(0, mostNotes - 1), 'Shortened for a QR code. The link of the report has all details.'],
    device: device && { ...device, providers: [] },
    variants: report.variants.map((variant) => ({
      ...variant,
      passes: variant.passes.map(({ details: _details, ...pass }) => ({ ...pass, changes: [], refusals: [] })),
    })),
    ...(evaluations && { evaluations: evaluations.map(({ classes: _classes, ...evaluation }) => evaluation) }),
  };
}
