/** The accuracy part of a report: the data that it was found on, and one evaluation for each variant and provider. */
import * as v from 'valibot';
import type { DataMapping } from '../data/mapping/mapping';
import { mappingSchema } from '../data/mapping/mapping-schema';
import { count, finite, interval, name, provider, share, text, upTo } from '../metrics/schema-parts';

const estimate = v.object({ value: finite, interval, tokens: v.optional(count) });

/** The report leaves out matrices of more classes than a page shows, because a link would grow by their square. */
export const mostReportedClasses = 20;
export const mostMetrics = 16;
export const mostWarnings = 8;

/** A mapping that only a later Pareto knows is shown as far as it can be: whether there are labels. */
const reportedMapping = v.pipe(
  v.object({ inputs: v.record(name, v.unknown()), labels: v.optional(v.unknown()), task: v.optional(v.unknown()) }),
  v.transform((given): DataMapping => {
    const known = v.safeParse(mappingSchema, given);
    return known.success ? known.output : { inputs: {}, labels: given.labels == null ? null : { array: 'labels' } };
  }),
);

export const evaluationDataSchema = v.object({
  name,
  /** All of them: those that calibrate, those that evaluate and those that do neither. */
  samples: count,
  /** SHA-256 over paths and contents; empty if the data is too large to have been hashed. */
  fingerprint: v.pipe(v.string(), v.regex(/^([0-9a-f]{64})?$/)),
  mapping: reportedMapping,
  split: v.object({ seed: count, calibration: count, evaluation: v.nullable(count) }),
});

export const evaluationSchema = v.object({
  variant: name,
  ep: provider,
  samples: count,
  skipped: count,
  task: v.picklist([
    'classification',
    'binary',
    'regression',
    'detection',
    'transcription',
    'retrieval',
    'next-token',
    'match',
  ]),
  /** Estimates by the name of the metric; shares are fractions. Empty without labels. */
  metrics: v.pipe(
    v.record(name, estimate),
    v.check((metrics) => Object.keys(metrics).length <= mostMetrics),
  ),
  classes: v.optional(
    v.object({
      names: upTo(name, mostReportedClasses),
      /** Rows are true classes, columns predicted ones. */
      confusion: upTo(upTo(count, mostReportedClasses), mostReportedClasses),
    }),
  ),
  undecided: v.optional(count),
  /** Reasons to doubt the figures, as sentences. Absent if there are none, and in older reports. */
  warnings: v.optional(upTo(text, mostWarnings)),
  /** Accuracy counts only once a person has checked these. Absent if nothing is in doubt, and in older reports. */
  unchecked: v.optional(v.picklist(['labels', 'inputs'])),
  /** The difference from the original on the same samples. */
  difference: v.optional(
    v.object({
      metric: name,
      value: finite,
      interval,
      onlyOriginal: v.optional(count),
      onlyVariant: v.optional(count),
    }),
  ),
  /**
   * The SQNR of the worst output against the original's, in dB (`null` if there are only texts), and the share of equal
   * texts. It also says whether outputs can be compared at all.
   */
  match: v.optional(
    v.object({
      sqnrDb: v.nullable(finite),
      agreement: v.optional(share),
      identical: v.boolean(),
      valid: v.boolean(),
      comparable: v.optional(v.boolean()),
    }),
  ),
  batch: count,
  threads: count,
  /** ISO 8601, UTC. */
  evaluatedAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
});

export type ReportEvaluation = v.InferOutput<typeof evaluationSchema>;
