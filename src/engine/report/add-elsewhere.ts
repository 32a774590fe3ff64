/** A report that carries what others measured of the same variants: a link with several devices. */
import { originalId } from '../metrics/cell';
import { mostCellsElsewhere, mostDevicesElsewhere, type Report, type ReportElsewhere } from './report-schema';

/**
 * Returns `own` with the devices of the other reports. It takes only measurements of variants with the same bytes,
 * under the ids of `own`, and none from a report of another model.
 */
export function addElsewhere(own: Report, others: readonly Report[]): Report {
  const added = others
    .filter(({ model }) => model.sha256 === own.model.sha256)
    .flatMap((other) => [other, ...(other.elsewhere ?? [])].flatMap((part) => translate(part, idsOf(other, own))));
  const all = [...(own.elsewhere ?? []), ...added];
  const known = new Set([momentOf(own)]);
  const elsewhere = all.filter((one) => !known.has(momentOf(one)) && known.add(momentOf(one)));
  return elsewhere.length === 0 ? own : { ...own, elsewhere: elsewhere.slice(0, mostDevicesElsewhere) };
}

/** The same measurement, however it came here. */
function momentOf({ createdAt, device }: Pick<Report, 'createdAt' | 'device'>): string {
  return JSON.stringify([createdAt, device?.browser, device?.os]);
}

/** Ids of `other` with those of `own` for the same bytes. */
function idsOf(other: Report, own: Report): ReadonlyMap<string, string> {
  const bySha256 = new Map(own.variants.map(({ sha256, id }) => [sha256, id]));
  const variants = other.variants.flatMap(({ id, sha256 }) => {
    const same = bySha256.get(sha256);
    return same === undefined ? [] : [[id, same] as const];
  });
  return new Map([[originalId, originalId], ...variants]);
}

function translate(
  { createdAt, device, cells, comparisons }: ReportElsewhere,
  ids: ReadonlyMap<string, string>,
): readonly ReportElsewhere[] {
  const ofKnown = <Item extends { readonly variant: string }>(items: readonly Item[]): Item[] =>
    items
      .flatMap((item) => (ids.has(item.variant) ? [{ ...item, variant: ids.get(item.variant)! }] : []))
      .slice(0, mostCellsElsewhere);
  const kept = ofKnown(comparisons);
  return kept.length === 0 ? [] : [{ createdAt, device, cells: ofKnown(cells), comparisons: kept }];
}
