/** Puts a report together from what the studio or the command line holds. */
import type { Inspection } from '../analysis/inspection';
import {
  sqnrCapDb,
  type CellFailure,
  type CellResult,
  type Comparison,
  type Device,
  type MatchFigures,
} from '../metrics/cell';
import { valueAtRank } from '../metrics/quantile';
import type { Change, Refusal } from '../passes/pass';
import { totalSparsity } from '../passes/prune/sparsity-detail';
import type { Optimization, PassReport } from '../recipe/optimization';
import type { Recipe } from '../recipe/recipe';
import type { Evaluation } from '../metrics/evaluation';
import type { ReportEvaluation } from './evaluation-schema';
import type { HeadlineFacts } from './headline';
import { summarizeEvaluation } from './summarize-evaluation';
import { reportVersion, type Report, type ReportCell, type ReportPass, type ReportVariant } from './report-schema';

const mostGroups = 64;
const mostOperatorNames = 16;
const quantileCount = 21;
const longestText = 2000;

export interface ReportSource {
  readonly createdAt: string;
  readonly software: Report['software'];
  readonly inspection: Inspection;
  /** Model file and data files together. Absent: the model is one file. */
  readonly modelBytes?: number;
  readonly device: Device | null;
  readonly data: Report['data'];
  readonly variants: readonly {
    readonly id: string;
    readonly name: string;
    readonly recipe: Recipe;
    readonly optimization: Optimization;
    readonly gzipBytes: { readonly original: number; readonly variant: number } | null;
  }[];
  /** Id of the variant in view. One that is not among the variants (the original) is left out of the report. */
  readonly selected?: string;
  readonly cells: readonly (CellResult & Pick<ReportCell, 'measuredAt' | 'measuredWith'>)[];
  readonly failures: readonly CellFailure[];
  readonly comparisons: readonly Comparison[];
  /** The data and what was found on it. Absent: accuracy is unknown. */
  readonly evaluated?: {
    readonly data: NonNullable<Report['evaluationData']>;
    readonly evaluations: readonly (Evaluation & Pick<ReportEvaluation, 'evaluatedAt'>)[];
  };
}

export function createReport(source: ReportSource): Report {
  const selected = source.variants.find(({ id }) => id === source.selected)?.id;
  return {
    version: reportVersion,
    createdAt: source.createdAt,
    software: source.software,
    model: summarizeModel(source.inspection, source.modelBytes),
    device: source.device && structuredCopy(source.device),
    data: source.data,
    variants: source.variants.map(summarizeVariant),
    ...(selected !== undefined && { selected }),
    cells: source.cells.map(summarizeCell),
    failures: source.failures.map((failure) => ({ ...failure, message: failure.message.slice(0, longestText) })),
    comparisons: source.comparisons.map(({ interval, original, ...comparison }) => ({
      ...comparison,
      interval: [...interval],
      ...(original && { original: { medianMs: original.medianMs, intervalMs: [...original.intervalMs] } }),
    })),
    ...(source.evaluated && {
      evaluationData: source.evaluated.data,
      evaluations: source.evaluated.evaluations.map(summarizeEvaluation),
    }),
  };
}

/** The variant that a report opens on: the one that was in view when it was made, else its first. */
export function openingVariant(report: Report): ReportVariant | undefined {
  return report.variants.find(({ id }) => id === report.selected) ?? report.variants[0];
}

/** What the headline of one variant of a report is made from. Without an id: the variant that it opens on. */
export function headlineFacts(report: Report, variantId = openingVariant(report)?.id): HeadlineFacts {
  const variant = report.variants.find((candidate) => candidate.id === variantId);
  const ofVariant = <Item extends { variant: string }>(items: readonly Item[]) =>
    items.filter((item) => item.variant === variantId);
  if (!variant) return { variant: null, cells: [], comparisons: [], failures: [] };
  return {
    variant: {
      name: variant.name,
      sizeBytes: variant.sizeBytes,
      changes: variant.passes.reduce((sum, pass) => sum + pass.changeCount, 0),
      refusals: variant.passes.reduce((sum, pass) => sum + pass.refusalCount, 0),
      sparsity: variant.passes.findLast((pass) => pass.sparsity !== undefined)?.sparsity,
      hasOtherChanges: variant.passes.some((pass) => pass.sparsity === undefined && pass.changeCount > 0),
      gzipBytes: variant.gzipBytes ?? undefined,
    },
    cells: ofVariant(report.cells),
    comparisons: ofVariant(report.comparisons),
    failures: ofVariant(report.failures),
    evaluation: findEvaluation(report, variant.id),
    ...(report.evaluationData && { hasLabels: report.evaluationData.mapping.labels !== null }),
  };
}

/** The evaluation that stands for a variant, or for `original`. */
export function findEvaluation(report: Report, variantId: string): ReportEvaluation | undefined {
  return report.evaluations?.find(({ variant }) => variant === variantId);
}

/** The evaluation that says how many samples of the data could be used: the original's, which all others ran beside. */
export function standingEvaluation(report: Report): ReportEvaluation | undefined {
  return findEvaluation(report, 'original') ?? report.evaluations?.[0];
}

/** Refusals with equal reasons, counted, most frequent first. */
export function groupRefusals(refusals: readonly Refusal[]): ReportPass['refusals'] {
  const groups = new Map<string, { code: string; reason: string; ops: string[]; count: number }>();
  for (const { code, op, reason } of refusals) {
    const key = JSON.stringify([code, reason]);
    const group = groups.get(key) ?? { code, reason: reason.slice(0, longestText), ops: [], count: 0 };
    groups.set(key, group);
    group.count += 1;
    if (!group.ops.includes(op) && group.ops.length < mostOperatorNames) group.ops.push(op);
  }
  return mostFrequent([...groups.values()]);
}

function groupChanges(changes: readonly Change[]): ReportPass['changes'] {
  const groups = new Map<string, { op: string; what: string; count: number }>();
  for (const { op, what } of changes) {
    const key = JSON.stringify([op, what]);
    const group = groups.get(key) ?? { op, what: what.slice(0, longestText), count: 0 };
    groups.set(key, group);
    group.count += 1;
  }
  return mostFrequent([...groups.values()]);
}

function mostFrequent<Group extends { count: number }>(groups: Group[]): Group[] {
  return groups.sort((a, b) => b.count - a.count).slice(0, mostGroups);
}

function summarizeModel(inspection: Inspection, modelBytes = inspection.file.sizeBytes): Report['model'] {
  const operators = new Map<string, number>();
  for (const node of inspection.nodes) operators.set(node.op, (operators.get(node.op) ?? 0) + 1);
  const { file, irVersion, producer, opsets, inputs, outputs, parameters, weightBytes } = inspection;
  return {
    ...file,
    sizeBytes: modelBytes,
    irVersion,
    producer: producer.slice(0, longestText),
    opsets: opsets.slice(0, 64).map((opset) => ({ ...opset })),
    inputs: inputs.slice(0, 256).map((input) => ({ ...input, shape: input.shape && [...input.shape] })),
    outputs: outputs.slice(0, 256).map((output) => ({ ...output, shape: output.shape && [...output.shape] })),
    nodes: inspection.nodes.length,
    parameters,
    weightBytes,
    operators: mostFrequent([...operators].map(([op, count]) => ({ op, count }))),
  };
}

function summarizeVariant({
  id,
  name,
  recipe,
  optimization,
  gzipBytes,
}: ReportSource['variants'][number]): ReportVariant {
  const { variant, sizeBytes, passes, ms } = optimization;
  return {
    id,
    name,
    recipe: structuredCopy(recipe) as ReportVariant['recipe'],
    sha256: variant.sha256,
    sizeBytes: { ...sizeBytes },
    gzipBytes: gzipBytes && { ...gzipBytes },
    nodes: variant.nodes,
    parameters: variant.parameters,
    passes: passes.map(summarizePass),
    ms,
  };
}

function summarizePass(pass: PassReport): ReportPass {
  const sparsity = totalSparsity(pass.details);
  return {
    id: pass.id,
    ms: pass.ms,
    changes: groupChanges(pass.changes),
    changeCount: pass.changes.length,
    refusals: groupRefusals(pass.refusals),
    refusalCount: pass.refusals.length,
    ...(sparsity && { sparsity }),
  };
}

function summarizeCell({ samplesMs, ...cell }: ReportSource['cells'][number]): ReportCell {
  const sorted = Float64Array.from(samplesMs).sort();
  const quantilesMs = Array.from({ length: sorted.length === 0 ? 0 : quantileCount }, (_, index) =>
    valueAtRank(sorted, ((sorted.length - 1) * index) / (quantileCount - 1)),
  );
  const outputMatch = finiteMatch(cell.outputMatch);
  return structuredCopy({ ...cell, outputMatch, quantilesMs }) as ReportCell;
}

/** JSON has no infinities: outputs that are not finite are shown by `valid` and `problem`, and by the ends of the scales. */
function finiteMatch(match: CellResult['outputMatch']): CellResult['outputMatch'] {
  const finite = <Errors extends MatchFigures>(errors: Errors): Errors => ({
    ...errors,
    sqnrDb: finiteOr(-sqnrCapDb, errors.sqnrDb),
    maxAbs: finiteOr(Number.MAX_VALUE, errors.maxAbs),
    cosine: finiteOr(0, errors.cosine),
  });
  return { ...finite(match), outputs: match.outputs.map(finite) };
}

/** `null` stays: there is no figure. */
function finiteOr(otherwise: number, figure: number | null): number | null {
  return figure === null || Number.isFinite(figure) ? figure : otherwise;
}

/** A deep copy of plain data, as JSON would carry it: read-only views become the report's own. */
function structuredCopy<Data>(data: Data): Mutable<Data> {
  return JSON.parse(JSON.stringify(data)) as Mutable<Data>;
}

type Mutable<Data> = Data extends (...given: never[]) => unknown
  ? Data
  : { -readonly [Key in keyof Data]: Mutable<Data[Key]> };
