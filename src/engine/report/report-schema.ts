/** The report: everything that a reader needs to assess a result, and nothing that a link cannot carry. */
import { renamedVerdict, writtenVerdicts } from '../verdict/speed-verdict';
import * as v from 'valibot';
import { ParetoError } from '../errors';
import { formatCounted } from '../format';
import { reportedRecipeSchema } from '../recipe/recipe-schema';
import { isRecord, versionOf } from '../versioned-document';
import { detailsSchema } from './detail-schema';
import { evaluationDataSchema, evaluationSchema } from './evaluation-schema';
import { searchSchema } from '../search/search-schema';
import { mostReportedSamples, reportSampleSchema } from './sample-schema';
import { mostSweeps, sweepSchema } from './sweep-schema';
import {
  count,
  finite,
  interval,
  name,
  nonNegative,
  provider,
  share,
  text,
  upTo,
  upToKnown,
} from '../metrics/schema-parts';

export const reportVersion = 1;

export const mostVariants = 32;
export const mostCells = 256;
export const mostDevicesElsewhere = 8;
export const mostCellsElsewhere = 64;
export const mostPasses = 32;
export const mostGroups = 64;
export const mostOperatorNames = 16;
export const mostValues = 256;
export const mostAxes = 64;
export const mostOpsets = 64;
export const mostFlags = 16;
const mostQuantiles = 21;
export const mostNotes = 8;

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const shape = v.nullable(upTo(v.nullable(v.union([finite, name])), mostAxes));
const value = v.object({ name, dtype: name, shape });

const modelSchema = v.object({
  name,
  /** Model file and data files together. */
  sizeBytes: count,
  sha256,
  irVersion: count,
  producer: text,
  opsets: upTo(v.object({ domain: name, version: count }), mostOpsets),
  inputs: upTo(value, mostValues),
  outputs: upTo(value, mostValues),
  nodes: count,
  parameters: count,
  weightBytes: count,
  /** Node counts by operator, most frequent first. */
  operators: upTo(v.object({ op: name, count }), mostValues),
});

export const deviceSchema = v.object({
  browser: text,
  os: text,
  cores: count,
  threads: count,
  crossOriginIsolated: v.boolean(),
  timerResolutionUs: nonNegative,
  webgpu: v.nullable(
    v.object({ vendor: text, architecture: text, description: text, f16: v.boolean(), software: v.boolean() }),
  ),
  ortVersion: text,
  providers: upToKnown(v.object({ ep: provider, available: v.boolean(), reason: text }), mostFlags),
});

const passSummarySchema = v.object({
  id: name,
  ms: nonNegative,
  /** Things done, counted by operator and what was done. */
  changes: upTo(v.object({ op: name, what: text, count }), mostGroups),
  changeCount: count,
  /** Nodes left alone, counted by reason. */
  refusals: upTo(v.object({ code: name, reason: text, ops: upTo(name, mostOperatorNames), count }), mostGroups),
  refusalCount: count,
  /** The result of the pass, if the counts do not state it. */
  sentence: v.optional(text),
  details: v.optional(detailsSchema),
});

const variantSchema = v.object({
  id: name,
  name,
  recipe: reportedRecipeSchema,
  /** Name of the file that it was opened from: its recipe is empty. Absent: its recipe made it. */
  fromFile: v.optional(name),
  /** File of another model that its recipe learned from. Absent: it learned from the original, or nothing. */
  teacher: v.optional(name),
  sha256,
  sizeBytes: v.object({ original: count, variant: count }),
  gzipBytes: v.nullable(v.object({ original: count, variant: count })),
  nodes: count,
  parameters: count,
  passes: upTo(passSummarySchema, mostPasses),
  ms: nonNegative,
});

const matchFigures = {
  sqnrDb: v.nullable(finite),
  maxAbs: v.nullable(nonNegative),
  cosine: v.nullable(finite),
  /** The agreement of texts, for which the other figures are `null`. */
  agreement: v.optional(share),
};

const outputMatchSchema = v.object({
  ...matchFigures,
  identical: v.boolean(),
  samples: count,
  inputs: v.picklist(['synthetic', 'data']),
  outputs: upTo(v.object({ name, ...matchFigures }), mostValues),
  valid: v.boolean(),
  /** False: the original does not repeat its own outputs. Absent if it does, and in older reports. */
  comparable: v.optional(v.boolean()),
  problem: v.optional(text),
});

export const cellSchema = v.object({
  variant: name,
  ep: provider,
  threads: count,
  batch: count,
  loadMs: nonNegative,
  firstRunMs: nonNegative,
  setUpMs: v.optional(nonNegative),
  steady: v.object({
    medianMs: nonNegative,
    meanMs: nonNegative,
    stdMs: nonNegative,
    minMs: nonNegative,
    p95Ms: nonNegative,
    p99Ms: nonNegative,
    madMs: nonNegative,
    runs: count,
    intervalMs: interval,
  }),
  /** The distribution: the 0, 5, … 100 % quantiles of all samples. */
  quantilesMs: upTo(nonNegative, mostQuantiles),
  runsPerSample: count,
  /** ISO 8601, UTC. Absent if nobody kept it; the report's own time then stands for it. */
  measuredAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  /** The random inputs of this cell, if they differ from those of the report. */
  measuredWith: v.optional(v.object({ seed: count, freeDimensions: v.record(name, count) })),
  placement: v.record(name, count),
  outputMatch: outputMatchSchema,
  /** Flags of `CellFlag`, and any that a later Pareto may add. */
  flags: upTo(name, mostFlags),
});

export const comparisonSchema = v.pipe(
  v.object({
    variant: name,
    ep: provider,
    ratio: nonNegative,
    interval,
    noiseFloor: nonNegative,
    verdict: v.picklist(writtenVerdicts),
    pairs: count,
    original: v.optional(
      v.object({
        medianMs: nonNegative,
        intervalMs: interval,
        spread: v.optional(
          v.object({
            minMs: nonNegative,
            p95Ms: nonNegative,
            p99Ms: nonNegative,
            quantilesMs: upTo(nonNegative, mostQuantiles),
          }),
        ),
      }),
    ),
  }),
  v.transform(renamedVerdict),
);

const syntheticSchema = v.object({
  kind: v.literal('synthetic'),
  seed: count,
  samples: count,
  freeDimensions: v.record(name, count),
});

/** Inputs of a kind that only a later Pareto knows are shown as none. */
const noDataSchema = v.pipe(
  v.object({ kind: name }),
  v.transform(() => ({ kind: 'none' as const })),
);

type MeasuredData = v.InferOutput<typeof syntheticSchema> | v.InferOutput<typeof noDataSchema>;

const dataSchema: v.GenericSchema<unknown, MeasuredData> = v.lazy(
  (given) =>
    (isRecord(given) && given['kind'] === 'synthetic' ? syntheticSchema : noDataSchema) as v.GenericSchema<
      unknown,
      MeasuredData
    >,
);

/** The same variants on another device, where a receiver of the link ran the recipe again. */
const elsewhereSchema = v.object({
  /** ISO 8601, UTC. */
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  device: v.nullable(deviceSchema),
  cells: upToKnown(cellSchema, mostCellsElsewhere),
  comparisons: upToKnown(comparisonSchema, mostCellsElsewhere),
  sweeps: v.optional(upToKnown(sweepSchema, mostCellsElsewhere)),
});

export const reportSchema = v.object({
  version: v.literal(reportVersion),
  /** ISO 8601, UTC. */
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  software: v.object({ pareto: name, onnxruntimeWeb: name }),
  model: modelSchema,
  device: v.nullable(deviceSchema),
  data: dataSchema,
  /** Sentences that a reader must know about the report itself, such as the parts that did not fit. */
  notes: v.optional(upTo(text, mostNotes)),
  variants: upTo(variantSchema, mostVariants),
  /**
   * Id of the variant that was in view: the report opens on it. Absent in older reports, which open on the first
   * variant.
   */
  selected: v.optional(name),
  cells: upToKnown(cellSchema, mostCells),
  failures: upToKnown(v.object({ variant: name, ep: provider, message: text }), mostCells),
  comparisons: upToKnown(comparisonSchema, mostCells),
  /**
   * The data behind `evaluations`. The cells were measured with the inputs in `data`. Absent in reports without
   * accuracy.
   */
  evaluationData: v.optional(evaluationDataSchema),
  /** Evaluations; the one that stands for a variant comes first among its own. */
  evaluations: v.optional(upToKnown(evaluationSchema, mostCells)),
  /** Times of single models over the values of a setting. Absent if none was measured, and in older reports. */
  sweeps: v.optional(upToKnown(sweepSchema, mostSweeps)),
  /** Measurements of others of the variants of this report, under the same ids. */
  elsewhere: v.optional(upTo(elsewhereSchema, mostDevicesElsewhere)),
  /**
   * The candidates and the result of the last search. The recommendation is derived from them. Absent if there was no
   * search.
   */
  search: v.optional(searchSchema),
  /** Samples that the person added. Absent if none was. */
  samples: v.optional(upTo(reportSampleSchema, mostReportedSamples)),
});

export type Report = v.InferOutput<typeof reportSchema>;
export type ReportVariant = Report['variants'][number];
export type ReportCell = Report['cells'][number];
export type ReportElsewhere = NonNullable<Report['elsewhere']>[number];
export type ReportPass = ReportVariant['passes'][number];

/**
 * Checks a report that came from outside, Parts that a later Pareto added without
 * changing the version are left out, and a note says so. Throws `report/version` for a later version, `report/invalid`
 * naming the place otherwise.
 */
export function parseReport(candidate: unknown): Report {
  const version = versionOf(candidate);
  if (version !== undefined && version > reportVersion) throw futureVersionError(version);
  const result = v.safeParse(reportSchema, candidate);
  if (result.success) return withNoteOfUnknown(result.output, candidate);
  const place = v.getDotPath(result.issues[0]) ?? 'the document';
  throw new ParetoError('report/invalid', `This report is damaged: ${place} is missing or wrong.`);
}

/** The lists that may hold entries that only a later Pareto knows. */
const openLists = ['cells', 'failures', 'comparisons', 'evaluations', 'sweeps'] as const;

function withNoteOfUnknown(report: Report, given: unknown): Report {
  const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
  const lengthsOf = (whole: unknown): number => {
    if (!isRecord(whole)) return 0;
    const { search } = whole;
    const lists = [...openLists.map((list) => whole[list]), isRecord(search) ? search['candidates'] : []];
    return lists.reduce<number>((sum, list) => sum + lengthOf(list), 0);
  };
  const unknown = lengthsOf(given) - lengthsOf(report);
  if (unknown === 0) return report;
  const note = `A newer Pareto wrote this report: ${formatCounted(unknown, 'result')} cannot be shown here.`;
  return { ...report, notes: [...(report.notes ?? []), note].slice(-mostNotes) };
}

export function futureVersionError(version: number): ParetoError {
  return new ParetoError(
    'report/version',
    `This report has version ${version}, but this Pareto reads versions up to ${reportVersion}. Open it with a newer Pareto.`,
  );
}
