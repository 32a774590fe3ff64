/** Sensitivity: the loss of the outputs if a technique changes one layer alone, and if it changes this layer and all less sensitive ones. */
import type { InspectedNode } from '../analysis/inspection';
import { formatCounted, formatNodePath, formatScientific } from '../format';
import type { DataMatch } from '../metrics/evaluation';
import { answerAgreement } from '../metrics/match-distance';
import type { StructuralPlan } from '../passes/pass';
import type { PassReport } from '../recipe/optimization';
import { formatLoss, type Loss } from '../verdict/loss';
import { screeningOf } from './loss';
import type { SensitivityPass } from './sensitivity-techniques';

/** The metric that orders layers: divergence of the output distributions, error of the outputs, or loss of the task. */
export const sensitivityMetrics = ['kl', 'sqnr', 'task'] as const;
export type SensitivityMetric = (typeof sensitivityMetrics)[number];

/** The loss of the task, on more samples than outputs are compared on. */
export interface TaskDrop {
  /** `accuracy`: share of right answers. `error`: growth of the mean absolute error. `answers`: share of answers that change. `cosine`: mean of 1 − cosine. */
  readonly of: Exclude<Loss['of'], 'outputs'>;
  readonly drop: number;
  /** 95 %, paired. */
  readonly interval: readonly [number, number];
  readonly samples: number;
}

export interface OutputFigures {
  readonly sqnrDb: number | null;
  /** Mean KL divergence in nats, if an output is a distribution over classes. */
  readonly kl: number | null;
  /** Mean of 1 − cosine, if an output is an embedding. */
  readonly cosineLoss?: number;
  /** Share of samples whose answers change, if outputs are answers and inputs are data. */
  readonly changed?: number;
}

/** The loss of several layers that are changed together. */
export interface TogetherFigures extends OutputFigures {
  readonly task?: TaskDrop;
}

export interface LayerSensitivity {
  readonly path: string;
  readonly op: string;
  /** Layers that are changed with it, because their channels only go together: these figures are theirs too. */
  readonly together?: readonly string[];
  /** At its own output; `null` if the changed model has no such value, or another shape of it. */
  readonly local: { readonly sqnrDb: number | null };
  readonly output: OutputFigures;
  /** Absent: it was not asked for. */
  readonly task?: TaskDrop;
  /** The loss with all less sensitive layers. Absent: not measured, as for some of many layers. */
  readonly accumulated?: TogetherFigures;
}

/** The JSON document of the `sensitivity` command. */
export interface Sensitivity {
  readonly technique: SensitivityPass;
  /** Bits of the weights, for `quantize-weights`. */
  readonly bits?: 4 | 8;
  readonly metric: SensitivityMetric;
  /** The most sensitive first, as far as they are measured. */
  readonly layers: readonly LayerSensitivity[];
  /** The number of layers to measure. */
  readonly count: number;
  /** The loss of all layers together. */
  readonly baseline: TogetherFigures;
  readonly samples: number;
  readonly inputs: 'data' | 'synthetic';
  /** False if it was stopped: it can continue. */
  readonly isOver: boolean;
  readonly ms: number;
}

/** The time until a first measurement in the page is asked to go on. */
export const sensitivityBudgetMs = 60_000;

/** A unit that is changed alone. */
export interface SensitivityUnit {
  readonly path: string;
  readonly op: string;
  readonly together?: readonly string[];
}

/** `conv1 and 2 layers with it`. @param mark stands on both sides of the path, as a document writes code. */
export function describeUnit({ path, together = [] }: Pick<SensitivityUnit, 'path' | 'together'>, mark = ''): string {
  const first = `${mark}${formatNodePath(path)}${mark}`;
  return together.length === 0 ? first : `${first} and ${formatCounted(together.length, 'layer')} with it`;
}

type LayerNode = Pick<InspectedNode, 'path' | 'op' | 'parameters' | 'sharedParameters'>;

/** The layers that a technique takes, of those that hold weights, in the order of the model. */
export function layersTaken(
  nodes: readonly LayerNode[],
  reports: readonly Pick<PassReport, 'changes'>[],
): readonly SensitivityUnit[] {
  const changed = new Set(reports.flatMap(({ changes }) => changes.map(({ path }) => path)));
  return nodes
    .filter(({ path, parameters, sharedParameters = 0 }) => changed.has(path) && parameters + sharedParameters > 0)
    .map(({ path, op }) => ({ path, op }));
}

/** Layers with most weights first: their measurement decides most. Equals stay in the order of the model. */
export function byWeights<Unit extends Pick<SensitivityUnit, 'path'>>(
  units: readonly Unit[],
  nodes: readonly LayerNode[],
): readonly Unit[] {
  const weights = new Map(
    nodes.map(({ path, parameters, sharedParameters = 0 }) => [path, parameters + sharedParameters]),
  );
  return units.toSorted((a, b) => (weights.get(b.path) ?? 0) - (weights.get(a.path) ?? 0));
}

/** The groups of channels that may go, under the first layer that gives them. */
export function groupsTaken(
  nodes: readonly Pick<InspectedNode, 'path' | 'op'>[],
  { groups }: Pick<StructuralPlan, 'groups'>,
): readonly SensitivityUnit[] {
  const ops = new Map(nodes.map(({ path, op }) => [path, op]));
  const givers = new Map<string, Set<string>>();
  for (const { id, giving, reason } of groups) {
    if (reason !== undefined) continue;
    // Options know two groups that one layer gives first by one name.
    const known = givers.get(id) ?? new Set();
    givers.set(id, known);
    for (const path of giving) if (path !== id) known.add(path);
  }
  return Array.from(givers, ([path, others]) => ({
    path,
    op: ops.get(path) ?? '',
    ...(others.size > 0 && { together: [...others] }),
  }));
}

export function figuresOf(match: DataMatch): OutputFigures {
  const { sqnrDb, klDivergence, cosineLoss } = screeningOf(match);
  const kept = match.inputs === 'data' ? match.perOutput.flatMap((output) => answerAgreement(output)?.value ?? []) : [];
  return {
    ...{ sqnrDb, kl: klDivergence },
    ...(cosineLoss !== undefined && { cosineLoss }),
    ...(kept.length > 0 && { changed: 1 - Math.min(...kept) }),
  };
}

/** KL divergence, or 1 − cosine of embeddings; `null` if outputs are neither. */
export function divergenceOf({ kl, cosineLoss }: OutputFigures): number | null {
  return kl ?? cosineLoss ?? null;
}

/** `0.0123`, or the error of embeddings: `4.9 %`; empty if there is none. */
export function describeDivergence({ kl, cosineLoss }: OutputFigures): string {
  if (kl !== null) return formatScientific(kl);
  return cosineLoss === undefined ? '' : formatLoss({ of: 'cosine' }, cosineLoss);
}

/** `undefined` if only outputs can be compared, which are no answers. */
export function taskDropOf({ of, value, interval, samples }: Loss): TaskDrop | undefined {
  return of === 'outputs' || interval === null ? undefined : { of, drop: value, interval, samples };
}

/** The most sensitive first. Layers with which the task loses as much are put in order by the outputs. */
export function bySensitivity<Layer extends Pick<LayerSensitivity, 'output' | 'task'>>(
  layers: readonly Layer[],
  metric: SensitivityMetric,
): readonly Layer[] {
  const divergence = ({ output }: Layer) => divergenceOf(output) ?? 0;
  const error = ({ output }: Layer) => -(output.sqnrDb ?? Infinity);
  const drop = ({ task }: Layer) => task?.drop ?? -Infinity;
  const figures = { kl: [divergence, error], sqnr: [error], task: [drop, divergence, error] }[metric];
  return layers.toSorted((a, b) => {
    const deciding = figures.find((figure) => figure(a) !== figure(b));
    return deciding === undefined ? 0 : deciding(b) - deciding(a);
  });
}

/** Up to so many layers, each is accumulated. */
const mostSingly = 16;

/**
 * Returns the numbers of most sensitive layers that stay unchanged while all others are changed together. These are all
 * numbers from 1 on, or 1, 2, 4, 8… for many layers. One changed layer is left out, because it is measured alone.
 */
export function layersSpared(count: number): readonly number[] {
  const all = Array.from({ length: Math.max(0, count - 2) }, (_, at) => at + 1);
  return count <= mostSingly ? all : all.filter((spared) => (spared & (spared - 1)) === 0);
}

/** Measurements of several layers together by the paths of the layers, for any order. */
export function accumulatedBySet(layers: readonly LayerSensitivity[]): ReadonlyMap<string, TogetherFigures> {
  return new Map(
    layers.flatMap(({ accumulated }, at) =>
      accumulated === undefined ? [] : [[setKey(layers.slice(at)), accumulated] as const],
    ),
  );
}

export function setKey(layers: readonly Pick<LayerSensitivity, 'path'>[]): string {
  return JSON.stringify(layers.map(({ path }) => path).toSorted());
}
