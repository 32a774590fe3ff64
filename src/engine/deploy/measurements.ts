/**
 * Collects the measurements of the original and of the deployed model. They come from a report of the page, and from
 * documents of `benchmark`, `evaluate`, `simulate` and `measure-server` with --json. Models are identified by the
 * SHA-256 of their files, never by name.
 */
import * as v from 'valibot';
import { ParetoError } from '../errors';
import { evenQuantiles } from '../metrics/quantile';
import { count, finite, name, nonNegative, share } from '../metrics/schema-parts';
import { axisRecord } from '../profiling/sweep';
import { evaluationSchema, type ReportEvaluation } from '../report/evaluation-schema';
import {
  cellSchema,
  comparisonSchema,
  deviceSchema,
  parseReport,
  type Report,
  type ReportCell,
} from '../report/report-schema';
import { pointsOfSweep } from '../report/sweep-schema';
import { percentilesSchema, serverMeasurementSchema, type ServerMeasurement } from '../serving/server-measurement';
import { isRecord } from '../versioned-document';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const identity = v.object({ name, sha256 });
const { metrics, difference } = evaluationSchema.entries;

const benchmarkSchema = v.object({
  device: deviceSchema,
  models: v.pipe(v.array(v.object({ variant: name, name, sha256 })), v.maxLength(2)),
  cells: v.array(
    v.object({
      ...v.omit(cellSchema, ['quantilesMs']).entries,
      samplesMs: v.array(nonNegative),
      nodes: v.optional(v.array(v.unknown())),
    }),
  ),
  comparison: v.array(comparisonSchema),
  sweep: v.optional(
    v.array(
      v.object({
        axis: name,
        value: v.union([count, name]),
        samplesPerSecond: nonNegative,
        medianMs: nonNegative,
      }),
    ),
  ),
  memory: v.optional(v.object({ heapBytes: v.optional(v.nullable(nonNegative)) })),
});

type BenchmarkDocument = v.InferOutput<typeof benchmarkSchema>;

const evaluationDocumentSchema = v.object({
  model: identity,
  samples: count,
  metrics,
  against: v.optional(v.object({ model: identity, samples: count, metrics, difference })),
  data: v.object({ name, fingerprint: v.string() }),
});

const simulationSchema = v.object({
  model: name,
  sha256,
  policy: v.object({ maxBatch: count, maxWaitMs: nonNegative, instances: count }),
  offeredPerSecond: nonNegative,
  servedPerSecond: nonNegative,
  answeredMs: percentilesSchema,
  saturation: v.object({ isUnstable: v.boolean(), growthPerSecond: finite }),
  utilization: nonNegative,
  withinTarget: v.nullable(v.object({ targetMs: nonNegative, share })),
});

export type Simulation = v.InferOutput<typeof simulationSchema>;

export type MeasurementDocument =
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'benchmark'; readonly document: BenchmarkDocument }
  | { readonly kind: 'evaluation'; readonly document: v.InferOutput<typeof evaluationDocumentSchema> }
  | { readonly kind: 'simulation'; readonly document: Simulation }
  | { readonly kind: 'server measurement'; readonly document: ServerMeasurement };

/** The files whose measurements count. */
interface BundledModels {
  readonly inspection: { readonly file: { readonly sha256: string } };
  /** `null`: the original is deployed. */
  readonly originalSha256: string | null;
}

/** The measured model: `original`, or the one that the bundle deploys. */
type Measured = 'original' | 'deployed';

export interface Measurements {
  readonly device: Report['device'];
  readonly cells: readonly MeasuredCell[];
  /** Throughput by batch size and threads, and the heap of the runtime after runs of the model. */
  readonly alone: readonly {
    readonly of: Measured;
    readonly sweep: NonNullable<BenchmarkDocument['sweep']>;
    readonly heapBytes: number | null;
  }[];
  /** Comparisons of the deployed model with the original. */
  readonly comparisons: Report['comparisons'];
  readonly evaluations: readonly ({ readonly of: Measured } & Pick<
    ReportEvaluation,
    'samples' | 'metrics' | 'difference'
  >)[];
  /** The name of the data of the evaluations. */
  readonly dataName: string | null;
  /** Simulations of a server of the deployed model. */
  readonly simulations: readonly Simulation[];
  /** The bundle's server, driven on a machine with Python. */
  readonly servers: readonly ServerMeasurement[];
}

interface MeasuredCell {
  readonly of: Measured;
  readonly cell: ReportCell;
  /** The time of each node was measured, too. */
  readonly hasNodeTimes: boolean;
}

/**
 * A report, or a document of the command line. Throws `report/version` or `report/invalid` with `source`, the name of the file, and
 * the place where it is damaged.
 */
export function parseMeasurement(candidate: unknown, source: string): MeasurementDocument {
  if (isRecord(candidate) && 'cells' in candidate && 'comparison' in candidate) {
    return { kind: 'benchmark', document: parse(benchmarkSchema, candidate, source, 'benchmark') };
  }
  if (isRecord(candidate) && 'metrics' in candidate && 'model' in candidate) {
    return { kind: 'evaluation', document: parse(evaluationDocumentSchema, candidate, source, 'evaluate') };
  }
  if (isRecord(candidate) && 'server' in candidate && 'rates' in candidate) {
    return {
      kind: 'server measurement',
      document: parse(serverMeasurementSchema, candidate, source, 'measure-server'),
    };
  }
  if (isRecord(candidate) && 'servedPerSecond' in candidate) {
    return { kind: 'simulation', document: parse(simulationSchema, candidate, source, 'simulate') };
  }
  return { kind: 'report', report: parseReport(candidate) };
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  candidate: unknown,
  source: string,
  command: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, candidate);
  if (result.success) return result.output;
  const place = v.getDotPath(result.issues[0]) ?? 'the document';
  throw new ParetoError(
    'report/invalid',
    `${source} is not a document of this Pareto's ${command} --json: ${place} is missing or wrong. Measure again.`,
  );
}

/** All measurements of the bytes in the bundle, and of their original. */
export function measurementsOf(
  facts: BundledModels & { readonly report: Report | null; readonly documents: readonly MeasurementDocument[] },
): Measurements {
  const given: readonly MeasurementDocument[] = [
    ...(facts.report === null ? [] : [{ kind: 'report', report: facts.report } as const]),
    ...facts.documents,
  ];
  const deployed = facts.inspection.file.sha256;
  const original = facts.originalSha256 ?? deployed;
  // A deployed original is the baseline.
  const whose = (sha: string): Measured | null =>
    sha === original ? 'original' : sha === deployed ? 'deployed' : null;
  const parts = given.map((one) => partOf(one, whose, deployed));
  return {
    device: parts.find(({ device }) => device !== undefined && device !== null)?.device ?? null,
    cells: parts.flatMap(({ cells = [] }) => cells),
    comparisons: parts.flatMap(({ comparisons = [] }) => comparisons),
    evaluations: parts.flatMap(({ evaluations = [] }) => evaluations),
    dataName: parts.find(({ dataName }) => typeof dataName === 'string')?.dataName ?? null,
    alone: parts.flatMap(({ alone = [] }) => alone),
    simulations: parts.flatMap(({ simulations = [] }) => simulations),
    servers: parts.flatMap(({ servers = [] }) => servers),
  };
}

type Whose = (sha256: string) => Measured | null;

function partOf(given: MeasurementDocument, whose: Whose, deployedSha256: string): Partial<Measurements> {
  switch (given.kind) {
    case 'report':
      return partOfReport(given.report, deployedSha256);
    case 'benchmark':
      return partOfBenchmark(given.document, whose);
    case 'evaluation': {
      const { model, samples, against, data, ...evaluated } = given.document;
      const own = {
        samples,
        metrics: evaluated.metrics,
        ...(against?.difference && { difference: against.difference }),
      };
      return {
        evaluations: [
          ...evaluationOf(whose(model.sha256), own),
          ...(against === undefined
            ? []
            : evaluationOf(whose(against.model.sha256), { samples: against.samples, metrics: against.metrics })),
        ],
        dataName: data.name,
      };
    }
    case 'simulation':
      return { simulations: whose(given.document.sha256) === null ? [] : [given.document] };
    case 'server measurement':
      return { servers: given.document.sha256 === deployedSha256 ? [given.document] : [] };
  }
}

function partOfBenchmark(document: BenchmarkDocument, whose: Whose): Partial<Measurements> {
  const { device, models, cells, comparison, sweep = [], memory } = document;
  const ids = new Map(models.map((model) => [model.variant, whose(model.sha256)]));
  // Throughput and memory are those of the last model named.
  const last = models.at(-1);
  const aloneOf = last === undefined ? null : whose(last.sha256);
  return {
    device,
    cells: cells.flatMap(({ samplesMs, nodes, ...cell }) => {
      const of = ids.get(cell.variant) ?? null;
      if (of === null) return [];
      const quantilesMs = [...evenQuantiles(samplesMs)];
      return [{ of, cell: { ...cell, variant: of, quantilesMs }, hasNodeTimes: (nodes ?? []).length > 0 }];
    }),
    comparisons: comparison.filter(({ variant }) => ids.get(variant) === 'deployed'),
    alone:
      aloneOf === null
        ? []
        : [{ of: aloneOf, sweep: sweep.filter(isThroughput), heapBytes: memory?.heapBytes ?? null }],
  };
}

/** Samples of other sizes, and sessions with other settings, show no throughput of the model that is deployed. */
const isThroughput = ({ axis }: { readonly axis: string }): boolean => axisRecord(axis).shows === 'throughput';

type Evaluated = Pick<ReportEvaluation, 'samples' | 'metrics' | 'difference'>;

function evaluationOf(of: Measured | null, evaluated: Evaluated): Measurements['evaluations'] {
  return of === null ? [] : [{ of, ...evaluated }];
}

/** Rows of a report are identified by ids, and its models by their files. */
function partOfReport(report: Report, deployedSha256: string): Partial<Measurements> {
  const deployed = report.variants.find(({ sha256: found }) => found === deployedSha256)?.id;
  const of = (id: string): Measured | null => (id === 'original' ? 'original' : id === deployed ? 'deployed' : null);
  return {
    device: report.device,
    cells: report.cells.flatMap((cell) => {
      const measured = of(cell.variant);
      return measured === null ? [] : [{ of: measured, cell, hasNodeTimes: false }];
    }),
    comparisons: report.comparisons.filter(({ variant }) => of(variant) === 'deployed'),
    alone: (report.sweeps ?? []).flatMap((sweep) => {
      const measured = of(sweep.variant);
      return measured === null || !isThroughput(sweep)
        ? []
        : [{ of: measured, sweep: [...pointsOfSweep(sweep)], heapBytes: null }];
    }),
    evaluations: (report.evaluations ?? []).flatMap((each) => evaluationOf(of(each.variant), each)),
    dataName: report.evaluationData?.name ?? null,
  };
}

/** Names the documents that measured other models, in one sentence each. */
export function strangersAmong(documents: readonly MeasurementDocument[], facts: BundledModels): readonly string[] {
  const known = new Set([facts.inspection.file.sha256, facts.originalSha256]);
  return documents.flatMap((given) => {
    if (given.kind === 'report') return [];
    const models = modelsOf(given);
    return models.some((model) => known.has(model.sha256))
      ? []
      : [`The ${given.kind} measured ${models.map((model) => model.name).join(' and ')}, which is not in this bundle.`];
  });
}

function modelsOf(
  given: Exclude<MeasurementDocument, { readonly kind: 'report' }>,
): readonly v.InferOutput<typeof identity>[] {
  if (given.kind === 'benchmark') return given.document.models;
  if (given.kind === 'simulation' || given.kind === 'server measurement') {
    return [{ name: given.document.model, sha256: given.document.sha256 }];
  }
  return [given.document.model, ...(given.document.against === undefined ? [] : [given.document.against.model])];
}
