/** Details of passes as a report carries them: bounded, and with forms and units that only a later Pareto knows. */
import * as v from 'valibot';
import { detailUnits, type ShownDetail } from '../passes/pass-details';
import { isRecord } from '../versioned-document';
import { count, finite, name, nonNegative, upTo } from '../metrics/schema-parts';

export const mostDetails = 16;
export const mostRows = 100;
export const mostColumns = 12;
export const mostSeries = 8;
export const mostPoints = 200;
export const mostBars = 128;
export const mostMarks = 8;

const unit = v.fallback(v.picklist(detailUnits), 'text');
const axis = v.object({ label: name, unit, isLog: v.optional(v.boolean()) });
const row = upTo(v.nullable(v.union([name, finite])), mostColumns);

const schemas = {
  table: v.object({
    kind: v.literal('table'),
    title: name,
    columns: upTo(v.object({ label: name, unit }), mostColumns),
    rows: upTo(row, mostRows),
    total: v.optional(row),
    leftOutRows: v.optional(count),
  }),
  curve: v.object({
    kind: v.literal('curve'),
    title: name,
    x: axis,
    y: axis,
    series: upTo(v.object({ name, points: upTo(v.tuple([finite, finite]), mostPoints) }), mostSeries),
  }),
  histogram: v.pipe(
    v.object({
      kind: v.literal('histogram'),
      title: name,
      x: axis,
      edges: upTo(finite, mostBars + 1),
      counts: upTo(nonNegative, mostBars),
      marks: v.optional(upTo(v.object({ at: finite, label: name }), mostMarks)),
    }),
    v.check(({ edges, counts }) => edges.length === counts.length + 1),
  ),
  unknown: v.pipe(
    v.object({ kind: name, title: v.optional(name, '') }),
    v.transform(({ title }) => ({ kind: 'unknown' as const, title })),
  ),
} as const;

/** The schema depends on the kind, so that damage is reported at its place. */
const detailSchema: v.GenericSchema<unknown, ShownDetail> = v.lazy((value) => {
  const kind = isRecord(value) ? value['kind'] : undefined;
  const known = kind === 'table' || kind === 'curve' || kind === 'histogram' ? kind : 'unknown';
  return schemas[known] as v.GenericSchema<unknown, ShownDetail>;
});

export const detailsSchema = v.pipe(
  v.record(name, detailSchema),
  v.check((details) => Object.keys(details).length <= mostDetails),
);
