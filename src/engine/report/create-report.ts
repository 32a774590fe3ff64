/** Creates a report from the state of the page or the command line. A note names the parts that did not fit. */
import type { InspectedValue, Inspection } from '../analysis/inspection';
import type { FreeDimensions } from '../data/feeds';
import { formatCounted, sqnrCapDb } from '../format';
import { type CellFailure, type CellResult, type Comparison, type Device, originalId } from '../metrics/cell';
import { uncheckedBy } from '../metrics/accuracy-warnings';
import type { Estimate, Evaluation, PairedDifference } from '../metrics/evaluation';
import type { MeasuredSweep } from '../profiling/sweep';
import type { SearchState } from '../search/search-journal';
import { summarizeSearch } from '../search/search-schema';
import {
  mostAxes,
  mostCells,
  mostOpsets,
  mostValues,
  mostVariants,
  type Report,
  type ReportCell,
  reportVersion,
} from './report-schema';
import { cutName, cutText } from '../metrics/schema-parts';
import {
  countsByName,
  summarizeCell,
  summarizeComparison,
  summarizeDevice,
  summarizeFailure,
  summarizeSweep,
} from './summarize-measurements';
import { mostSweeps } from './sweep-schema';
import { mostFrequent, summarizeVariant, type VariantSource } from './summarize-variant';
import { mostMetrics, mostReportedClasses, mostWarnings, type ReportEvaluation } from './evaluation-schema';

export interface ReportSource {
  readonly createdAt: string;
  /** Sentences that stand with the figures. */
  readonly notes?: readonly string[];
  readonly software: Report['software'];
  readonly inspection: Inspection;
  /** Model file and data files together. Absent: the model is one file. */
  readonly modelBytes?: number;
  readonly device: Device | null;
  /**
   * The inputs that the cells ran on. The seed is that of synthetic inputs, which samples of data may replace. `null`
   * if there were none.
   */
  readonly inputs: { readonly seed: number; readonly freeDimensions: FreeDimensions } | null;
  readonly variants: readonly VariantSource[];
  /** Id of the variant in view. One that is not among the variants (the original) is left out of the report. */
  readonly selected?: string;
  readonly cells: readonly (CellResult & Pick<ReportCell, 'measuredAt' | 'measuredWith'>)[];
  readonly failures: readonly CellFailure[];
  readonly comparisons: readonly Comparison[];
  /** Models measured over the values of a setting. */
  readonly sweeps?: readonly MeasuredSweep[];
  /** The search; absent if there was none, or it was on another model or other data. */
  readonly search?: SearchState;
  /** The data, and the results on it. Absent: accuracy is unknown. */
  readonly evaluated?: {
    readonly data: NonNullable<Report['evaluationData']>;
    readonly evaluations: readonly (Evaluation & Pick<ReportEvaluation, 'evaluatedAt'>)[];
  };
}

/** Cuts texts and lists to what the schema allows, so that the report can be shared in a link. */
export function createReport(source: ReportSource): Report {
  const { sweeps = [] } = source;
  const variants = variantsWithRoom(source);
  const ids = new Set([originalId, ...variants.map(({ id }) => id)]);
  const ofKept = <Item extends { readonly variant: string }>(items: readonly Item[]): readonly Item[] =>
    items.filter(({ variant }) => ids.has(variant)).slice(0, mostCells);
  const selected = variants.find(({ id }) => id === source.selected)?.id;
  const leftOut = source.variants.length - variants.length;
  const left = `This report holds ${mostVariants} variants and leaves out ${formatCounted(leftOut, 'earlier variant')}.`;
  const notes = [...(source.notes ?? []).map((note) => cutText(note)), ...(leftOut > 0 ? [left] : [])];
  return {
    version: reportVersion,
    createdAt: source.createdAt,
    software: { pareto: source.software.pareto, onnxruntimeWeb: source.software.onnxruntimeWeb },
    model: summarizeModel(source.inspection, source.modelBytes),
    device: source.device && summarizeDevice(source.device),
    data: summarizeInputs(source),
    ...(notes.length > 0 && { notes }),
    variants: variants.map(summarizeVariant),
    ...(selected !== undefined && { selected }),
    cells: ofKept(source.cells).map(summarizeCell),
    failures: ofKept(source.failures).map(summarizeFailure),
    comparisons: ofKept(source.comparisons).map(summarizeComparison),
    ...(sweeps.length > 0 && { sweeps: ofKept(sweeps).slice(0, mostSweeps).map(summarizeSweep) }),
    ...(source.evaluated && {
      evaluationData: summarizeData(source.evaluated.data),
      evaluations: ofKept(source.evaluated.evaluations).map(summarizeEvaluation),
    }),
    ...(source.search && { search: summarizeSearch(source.search) }),
  };
}

/** The latest variants, and the one in view. */
function variantsWithRoom({ variants, selected }: ReportSource): readonly VariantSource[] {
  if (variants.length <= mostVariants) return variants;
  const latest = variants.slice(-mostVariants);
  const inView = variants.slice(0, -mostVariants).find(({ id }) => id === selected);
  return inView === undefined ? latest : [inView, ...latest.slice(1)];
}

/** One count for the whole report, which holds for each cell: slow ones ran fewer inputs than others. */
function summarizeInputs({ inputs, cells }: ReportSource): Report['data'] {
  if (inputs === null) return { kind: 'none' };
  return {
    kind: 'synthetic',
    seed: inputs.seed,
    samples: cells.length === 0 ? 0 : Math.min(...cells.map(({ outputMatch }) => outputMatch.samples)),
    freeDimensions: countsByName(inputs.freeDimensions),
  };
}

function summarizeData({
  name,
  samples,
  fingerprint,
  mapping,
  split,
}: NonNullable<Report['evaluationData']>): Report['evaluationData'] {
  const { seed, calibration, evaluation } = split;
  return { name: cutName(name), samples, fingerprint, mapping, split: { seed, calibration, evaluation } };
}

function summarizeModel(inspection: Inspection, modelBytes = inspection.file.sizeBytes): Report['model'] {
  const operators = new Map<string, number>();
  for (const node of inspection.nodes) operators.set(node.op, (operators.get(node.op) ?? 0) + 1);
  const { file, irVersion, producer, opsets, inputs, outputs, parameters, weightBytes } = inspection;
  return {
    name: cutName(file.name),
    sizeBytes: modelBytes,
    sha256: file.sha256,
    irVersion,
    producer: cutText(producer),
    opsets: opsets.slice(0, mostOpsets).map(({ domain, version }) => ({ domain: cutName(domain), version })),
    inputs: inputs.slice(0, mostValues).map(summarizeValue),
    outputs: outputs.slice(0, mostValues).map(summarizeValue),
    nodes: inspection.nodes.length,
    parameters,
    weightBytes,
    operators: mostFrequent([...operators].map(([op, count]) => ({ op: cutName(op), count }))),
  };
}

function summarizeValue({ name, dtype, shape }: InspectedValue): Report['model']['inputs'][number] {
  return {
    name: cutName(name),
    dtype: cutName(dtype),
    shape: shape && shape.slice(0, mostAxes).map((entry) => (typeof entry === 'string' ? cutName(entry) : entry)),
  };
}

/** An evaluation as a report carries it: without the samples that were skipped, and without matrices of many classes. */
export function summarizeEvaluation(evaluation: Evaluation & Pick<ReportEvaluation, 'evaluatedAt'>): ReportEvaluation {
  const { variant, ep, samples, skipped, accuracy, difference, outputMatch, batch, threads, evaluatedAt } = evaluation;
  const classes = accuracy?.classes;
  const unchecked = uncheckedBy(accuracy?.warnings);
  return {
    variant,
    ep,
    samples,
    skipped,
    task: accuracy?.task.kind ?? 'match',
    metrics: Object.fromEntries(
      Object.entries(accuracy?.metrics ?? {})
        .filter(([, { value, interval }]) => [value, ...interval].every(Number.isFinite))
        .slice(0, mostMetrics)
        .map(([metric, { value, interval, tokens }]): [string, ReportEvaluation['metrics'][string]] => [
          metric,
          { value, interval: copyOf(interval), ...(tokens !== undefined && { tokens }) },
        ]),
    ),
    ...(classes !== undefined &&
      classes.names.length <= mostReportedClasses && {
        classes: { names: classes.names.map(cutName), confusion: classes.confusion.map((row) => [...row]) },
      }),
    ...(accuracy?.undecided !== undefined && { undecided: accuracy.undecided }),
    ...(accuracy?.warnings !== undefined && {
      warnings: accuracy.warnings.slice(0, mostWarnings).map(({ message }) => cutText(message)),
    }),
    ...(unchecked !== undefined && { unchecked }),
    ...(difference !== undefined && { difference: summarizeDifference(difference) }),
    ...(outputMatch !== undefined && {
      match: {
        sqnrDb: outputMatch.sqnrDb === null || Number.isFinite(outputMatch.sqnrDb) ? outputMatch.sqnrDb : -sqnrCapDb,
        ...(outputMatch.agreement !== undefined && { agreement: outputMatch.agreement }),
        identical: outputMatch.identical,
        valid: outputMatch.valid,
        ...(outputMatch.comparable !== undefined && { comparable: outputMatch.comparable }),
      },
    }),
    batch,
    threads,
    ...(evaluatedAt !== undefined && { evaluatedAt }),
  };
}

function summarizeDifference({ metric, value, interval, onlyOriginal, onlyVariant }: PairedDifference) {
  return {
    metric,
    value,
    interval: copyOf(interval),
    ...(onlyOriginal !== undefined && { onlyOriginal }),
    ...(onlyVariant !== undefined && { onlyVariant }),
  };
}

function copyOf([low, high]: Estimate['interval']): [number, number] {
  return [low, high];
}
