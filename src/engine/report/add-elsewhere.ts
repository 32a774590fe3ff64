/** A report with measurements of the same variants on other devices, for a link with several devices. */
import { originalId } from '../metrics/cell';
import { whyApart } from './device-matrix';
import { mostCellsElsewhere, mostDevicesElsewhere, type Report, type ReportElsewhere } from './report-schema';

/**
 * Returns `own` with the devices of the other reports. It takes only measurements of variants with the same bytes,
 * under the ids of `own`, and none from a report that `deviceMatrix` would keep apart.
 */
export function addElsewhere(own: Report, others: readonly Report[]): Report {
  const added = others
    .filter((other) => whyApart(own, other) === null)
    .flatMap((other) => [other, ...(other.elsewhere ?? [])].flatMap((part) => translate(part, idsOf(other, own))));
  const all = [...(own.elsewhere ?? []), ...added];
  const known = new Set([momentOf(own)]);
  const elsewhere = all.filter((one) => {
    const moment = momentOf(one);
    return !known.has(moment) && known.add(moment);
  });
  return elsewhere.length === 0 ? own : { ...own, elsewhere: elsewhere.slice(0, mostDevicesElsewhere) };
}

/** Identifies a measurement, whichever report it came with. */
function momentOf({ createdAt, device }: Pick<Report, 'createdAt' | 'device'>): string {
  return JSON.stringify([createdAt, device?.browser, device?.os]);
}

/** The ids in `own` of the same bytes, by the ids in `other`. The original keeps its id, whatever a report says. */
function idsOf(other: Report, own: Report): ReadonlyMap<string, string> {
  const bySha256 = new Map(own.variants.map(({ sha256, id }) => [sha256, id]));
  const variants = other.variants.flatMap(({ id, sha256 }) => {
    const same = bySha256.get(sha256);
    return same === undefined ? [] : [[id, same] as const];
  });
  return new Map([...variants, [originalId, originalId]]);
}

function translate(
  { createdAt, device, cells, comparisons, sweeps = [] }: ReportElsewhere,
  ids: ReadonlyMap<string, string>,
): readonly ReportElsewhere[] {
  const ofKnown = <Item extends { readonly variant: string }>(items: readonly Item[]): Item[] =>
    items
      .flatMap((item) => (ids.has(item.variant) ? [{ ...item, variant: ids.get(item.variant)! }] : []))
      .slice(0, mostCellsElsewhere);
  const [kept, swept] = [ofKnown(comparisons), ofKnown(sweeps)];
  if (kept.length === 0 && swept.length === 0) return [];
  const measured = { createdAt, device, cells: ofKnown(cells), comparisons: kept };
  return [{ ...measured, ...(swept.length > 0 && { sweeps: swept }) }];
}
