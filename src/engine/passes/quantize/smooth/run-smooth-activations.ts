/** Smooths activations and tells what became of each value. */
import type { Model, Node } from '../../../onnx/graph';
import { nodesLeftOut } from '../../node-names';
import { refuseWhole, type Change, type PassContext, type PassOutcome, type Refusal } from '../../pass';
import type { TableDetail } from '../../pass-details';
import { fitMinMax } from '../weights/fits/min-max';
import { levelsOf } from '../weights/weight-grid';
import { usualBlockSize } from '../weights/weights-options';
import type { SmoothActivationsOptions } from './smooth-activations-options';
import { smoothValues, type JudgedSmoothing, type SmoothedValues } from './smooth-values';
import { beforeIntegers, beforeWeights } from './smoothing';

/** For weights: 4 bits in blocks, as `quantize-weights` has them without options. */
const aims = {
  integers: beforeIntegers,
  weights: beforeWeights(levelsOf({ bits: 4, symmetric: false, blockSize: usualBlockSize }), fitMinMax),
};

export async function runSmoothActivations(
  model: Model,
  { before, strength, exclude }: SmoothActivationsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  const { visits, left, refusals } = nodesLeftOut(model, exclude);
  const refuse = (code: string, reason: string): PassOutcome => ({
    model,
    changes: [],
    refusals: [...refusals, refuseWhole(code, reason)],
  });
  const { data, inference } = context;
  if (!data || data.samples === 0)
    return refuse('no-data', 'Add data: it needs to measure how channels differ. Nothing was changed.');
  if (!inference) return refuse('no-runtime', 'It needs a runtime, and none is available. Nothing was changed.');
  let smoothed: SmoothedValues;
  try {
    smoothed = await smoothValues(model, left, { aim: aims[before], strength }, { ...context, data, inference });
  } catch (error) {
    if (context.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return refuse('data-does-not-fit', `The model cannot run on the data: ${message} Nothing was changed.`);
  }
  const { judged } = smoothed;
  if (judged.length === 0) return refuse('no-products', 'No MatMul or Gemm has a weight of its own.');
  const paths = new Map(visits.map(({ node, path }) => [node, path]));
  const kept = judged.filter(({ helps }) => helps);
  return {
    model: smoothed.model,
    changes: kept.map((one) => smoothingChange(one, paths)),
    refusals: [...refusals, ...judged.filter(({ helps }) => !helps).map((one) => refusalOf(one, paths))],
    details: { smoothed: smoothedTable(judged) },
    sentence: `${kept.length} of ${judged.length} values were smoothed; the others would gain too little.`,
  };
}

function pathOf(
  { group }: JudgedSmoothing,
  paths: ReadonlyMap<Node, string>,
): { readonly path: string; readonly op: string } {
  const { node } = group.products[0]!;
  return { path: paths.get(node) ?? 'graph', op: node.opType ?? '' };
}

export function smoothingChange(judged: JudgedSmoothing, paths: ReadonlyMap<Node, string>): Change {
  const { group, strength } = judged;
  const how = group.sources ? 'in the constants before it' : 'by a Mul before it';
  return { ...pathOf(judged, paths), what: `“${group.value}” smoothed with strength ${strength}, ${how}` };
}

function refusalOf(judged: JudgedSmoothing, paths: ReadonlyMap<Node, string>): Refusal {
  const reason = judged.group.sources
    ? `Smoothing “${judged.group.value}” would hardly reduce the rounding error.`
    : `Smoothing “${judged.group.value}” needs a Mul, which costs more time than it gains.`;
  return { ...pathOf(judged, paths), code: 'does-not-help', reason };
}

export function smoothedTable(judged: readonly JudgedSmoothing[]): TableDetail {
  const inDecibels = (error: number): number | null => (error > 0 ? 10 * Math.log10(error) : null);
  return {
    kind: 'table',
    title: 'Smoothed values',
    columns: [
      { label: 'Value', unit: 'text' },
      { label: 'Strength', unit: 'number' },
      { label: 'Product error', unit: 'decibels' },
      { label: 'Smoothed', unit: 'decibels' },
      { label: 'Kept', unit: 'text' },
    ],
    rows: judged.map(({ group, strength, before, after, helps }) => [
      group.value,
      strength,
      inDecibels(before),
      inDecibels(after),
      helps ? 'yes' : 'no',
    ]),
  };
}
