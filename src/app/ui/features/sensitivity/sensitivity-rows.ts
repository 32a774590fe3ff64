/** Formats the sensitivity of layers: figures in words, and the length of their bars. Pure. */
import { formatNodePath } from '../../../../engine/format';
import { relativeError } from '../../../../engine/metrics/match-grade';
import { errorFigure } from '../../../../engine/report/describe-match';
import { describeInterval, nameOfLoss, shownLoss } from '../../../../engine/verdict/loss';
import {
  bySensitivity,
  describeDivergence,
  divergenceOf,
  type LayerSensitivity,
  type Sensitivity,
  type SensitivityMetric,
  type TogetherFigures,
} from '../../../../engine/search/sensitivity';

export interface SensitivityRow {
  readonly path: string;
  readonly label: string;
  readonly op: string;
  /** Layers whose channels go with it. */
  readonly together: readonly string[];
  /** The error at the layer's own output. */
  readonly local: string;
  /** Samples whose answers change with it alone; empty if outputs are no answers. */
  readonly changed: string;
  /** The metric of the layer alone; empty if not measured. */
  readonly alone: string;
  /** The metric with all less sensitive layers; empty if not measured, or measured in another order. */
  readonly accumulated: string;
  /** 0 to 1: of the most sensitive one, in changed answers if there are any. */
  readonly share: number;
}

/** A point of the curve: so many layers changed together, the least sensitive first. */
export interface AccumulatedPoint {
  readonly layers: number;
  readonly value: number;
  readonly text: string;
}

export const metricTitles: Readonly<Record<SensitivityMetric, string>> = {
  kl: 'Divergence of outputs',
  sqnr: 'Output error',
  task: 'Task loss',
};

/** The caption above the column of a metric. */
export function metricCaption(metric: SensitivityMetric, { baseline }: Pick<Sensitivity, 'baseline'>): string {
  if (metric === 'task' && baseline.task) return nameOfLoss({ of: baseline.task.of, inputs: 'data' });
  if (metric === 'kl') return baseline.kl === null ? 'Embedding error' : 'Divergence';
  return metricTitles[metric];
}

export function sensitivityRows(found: Sensitivity, metric: SensitivityMetric): readonly SensitivityRow[] {
  const layers = bySensitivity(found.layers, metric);
  const barOf = layers.some(({ output }) => (output.changed ?? 0) > 0)
    ? ({ output }: LayerSensitivity) => output.changed ?? 0
    : (layer: LayerSensitivity) => costOf(aloneOf(layer), metric);
  const most = Math.max(...layers.map(barOf), 0);
  return layers.map((layer): SensitivityRow => {
    const { path, op, together = [], local, accumulated } = layer;
    const isInOrder = found.metric === metric && accumulated !== undefined;
    return {
      path,
      label: formatNodePath(path),
      op,
      together: together.map(formatNodePath),
      local: errorText(local.sqnrDb),
      changed: layer.output.changed === undefined ? '' : changedText(layer.output.changed, found.samples),
      alone: textOf(aloneOf(layer), metric),
      accumulated: isInOrder ? textOf(accumulated, metric) : '',
      share: most > 0 ? barOf(layer) / most : 0,
    };
  });
}

/** `3 of 32` */
export function changedText(share: number, samples: number): string {
  return `${Math.round(share * samples)} of ${samples}`;
}

/** Points from the least sensitive layer alone to all together: only measured ones, in the order of the measurement. */
export function accumulatedPoints({ layers, count, metric }: Sensitivity): readonly AccumulatedPoint[] {
  if (layers.length < count) return [];
  return layers
    .flatMap(({ accumulated }, spared) => {
      const value = accumulated && valueOf(accumulated, metric);
      return value == null ? [] : [{ layers: count - spared, value, text: textOf(accumulated!, metric) }];
    })
    .toReversed();
}

function aloneOf({ output, task }: LayerSensitivity): TogetherFigures {
  return { ...output, ...(task && { task }) };
}

export function textOf(figures: TogetherFigures, metric: SensitivityMetric): string {
  const { sqnrDb, task } = figures;
  if (metric === 'kl') return describeDivergence(figures);
  if (metric === 'sqnr') return errorText(sqnrDb);
  return task === undefined ? '' : describeInterval({ of: task.of, value: task.drop, interval: task.interval });
}

/** `0.89 %`; empty if it was not compared. */
function errorText(sqnrDb: number | null): string {
  return sqnrDb === null ? '' : errorFigure({ identical: false, sqnrDb });
}

/** The value of a figure; shares become percent or points. */
function valueOf(figures: TogetherFigures, metric: SensitivityMetric): number | null {
  const { sqnrDb, kl, cosineLoss, task } = figures;
  if (metric === 'task') return task === undefined ? null : 100 * task.drop;
  if (metric === 'sqnr') return sqnrDb === null ? null : 100 * relativeError(sqnrDb);
  return kl ?? (cosineLoss === undefined ? null : shownLoss({ of: 'cosine' }, cosineLoss));
}

/** The length of a bar: more is worse. */
function costOf(figures: TogetherFigures, metric: SensitivityMetric): number {
  const { sqnrDb, task } = figures;
  if (metric === 'task') return Math.max(0, task?.drop ?? 0);
  if (metric === 'kl') return divergenceOf(figures) ?? 0;
  return sqnrDb === null ? 0 : relativeError(sqnrDb);
}
