/** The report, version 1: everything a reader needs to judge a result, and nothing that a link cannot carry. */
import * as v from 'valibot';
import { ParetoError } from '../errors';
import { evaluationDataSchema, evaluationSchema } from './evaluation-schema';
import { recipeSchema } from '../recipe/recipe-schema';
import { count, finite, interval, name, provider, share, text, upTo } from './schema-parts';

export const reportVersion = 1;

const nonNegative = v.pipe(finite, v.minValue(0));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const shape = v.nullable(upTo(v.nullable(v.union([finite, name])), 64));
const value = v.object({ name, dtype: name, shape });

const modelSchema = v.object({
  name,
  /** Model file and data files together. */
  sizeBytes: count,
  sha256,
  irVersion: count,
  producer: text,
  opsets: upTo(v.object({ domain: name, version: count }), 64),
  inputs: upTo(value, 256),
  outputs: upTo(value, 256),
  nodes: count,
  parameters: count,
  weightBytes: count,
  /** Node counts by operator, most frequent first. */
  operators: upTo(v.object({ op: name, count }), 256),
});

const deviceSchema = v.object({
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
  providers: upTo(v.object({ ep: provider, available: v.boolean(), reason: text }), 8),
});

const passSummarySchema = v.object({
  id: name,
  ms: nonNegative,
  /** Things done, counted by operator and what was done. */
  changes: upTo(v.object({ op: name, what: text, count }), 64),
  changeCount: count,
  /** Nodes left alone, counted by reason. */
  refusals: upTo(v.object({ code: name, reason: text, ops: upTo(name, 16), count }), 64),
  refusalCount: count,
  sparsity: v.optional(v.object({ zeros: count, elements: count })),
});

const variantSchema = v.object({
  id: name,
  name,
  recipe: recipeSchema,
  sha256,
  sizeBytes: v.object({ original: count, reencoded: count, variant: count }),
  gzipBytes: v.nullable(v.object({ original: count, variant: count })),
  nodes: count,
  parameters: count,
  passes: upTo(passSummarySchema, 32),
  ms: nonNegative,
});

const matchFigures = {
  sqnrDb: v.nullable(finite),
  maxAbs: v.nullable(nonNegative),
  cosine: v.nullable(finite),
  /** Only where there are texts, of which the others are `null`. */
  agreement: v.optional(share),
};

const outputMatchSchema = v.object({
  ...matchFigures,
  identical: v.boolean(),
  samples: count,
  inputs: v.picklist(['synthetic', 'data']),
  outputs: upTo(v.object({ name, ...matchFigures }), 256),
  valid: v.boolean(),
  /** False: the original does not repeat its own outputs. Absent in reports of before, and where it does. */
  comparable: v.optional(v.boolean()),
  problem: v.optional(text),
});

const cellSchema = v.object({
  variant: name,
  ep: provider,
  threads: count,
  batch: count,
  loadMs: nonNegative,
  firstRunMs: nonNegative,
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
  quantilesMs: upTo(nonNegative, 21),
  runsPerSample: count,
  /** ISO 8601, UTC. Absent where nobody kept it; the report's own time then stands for it. */
  measuredAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  /** The synthetic inputs of this cell, where they are others than those of the report. */
  measuredWith: v.optional(v.object({ seed: count, freeDimensions: v.record(name, count) })),
  placement: v.record(name, count),
  outputMatch: outputMatchSchema,
  flags: upTo(
    v.picklist([
      'drift',
      'tab-hidden',
      'not-isolated',
      'software-adapter',
      'partial-placement',
      'high-variance',
      'output-differs',
      'not-comparable',
      'below-timer-resolution',
      'time-capped',
    ]),
    16,
  ),
});

const comparisonSchema = v.object({
  variant: name,
  ep: provider,
  ratio: nonNegative,
  interval,
  noiseFloor: nonNegative,
  verdict: v.picklist(['faster', 'slower', 'no-difference', 'invalid']),
  pairs: count,
  original: v.optional(v.object({ medianMs: nonNegative, intervalMs: interval })),
});

const dataSchema = v.variant('kind', [
  v.object({
    kind: v.literal('synthetic'),
    seed: count,
    samples: count,
    freeDimensions: v.record(name, count),
  }),
  v.object({ kind: v.literal('none') }),
]);

export const reportSchema = v.object({
  version: v.literal(reportVersion),
  /** ISO 8601, UTC. */
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  software: v.object({ pareto: name, onnxruntimeWeb: name }),
  model: modelSchema,
  device: v.nullable(deviceSchema),
  data: dataSchema,
  variants: upTo(variantSchema, 32),
  /** Id of the variant that was in view: the report opens on it. Absent in reports of before: the first variant. */
  selected: v.optional(name),
  cells: upTo(cellSchema, 256),
  failures: upTo(v.object({ variant: name, ep: provider, message: text }), 256),
  comparisons: upTo(comparisonSchema, 256),
  /** The data behind `evaluations`; the cells were measured with what `data` says. Absent in reports without accuracy. */
  evaluationData: v.optional(evaluationDataSchema),
  /** Of each variant the one that stands for it comes first. */
  evaluations: v.optional(upTo(evaluationSchema, 256)),
});

export type Report = v.InferOutput<typeof reportSchema>;
export type ReportVariant = Report['variants'][number];
export type ReportCell = Report['cells'][number];
export type ReportPass = ReportVariant['passes'][number];

/**
 * Checks a report that came from outside. Throws `report/version` when a later Pareto made it,
 * `report/invalid` naming the place otherwise.
 */
export function parseReport(candidate: unknown): Report {
  const version =
    typeof candidate === 'object' && candidate !== null ? (candidate as { version?: unknown }).version : undefined;
  if (typeof version === 'number' && version > reportVersion) throw futureVersionError(version);
  const result = v.safeParse(reportSchema, candidate);
  if (result.success) return result.output;
  const place = v.getDotPath(result.issues[0]) ?? 'the document itself';
  throw new ParetoError('report/invalid', `This report is damaged: ${place} is not what a report has there.`);
}

export function futureVersionError(version: number): ParetoError {
  return new ParetoError(
    'report/version',
    `This report has version ${version}, and this Pareto reads version ${reportVersion}. Open it with a newer Pareto.`,
  );
}
