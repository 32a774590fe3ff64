/** The least-squares problem of a layer: its inputs in the smaller model, and its outputs in the original. */
import type { FeedTensor } from '../../../../data/feeds';
import { NormalSums } from '../../../../linear-algebra/normal-sums';
import type { ChannelLayer } from '../../../../onnx/coupling/channel-groups';
import type { Tensor, ValueName } from '../../../../onnx/graph';
import { layerMatrix, type LayerMatrix } from './layer-matrix';
import { channelView, PatchReader, writeChannels, type ChannelView } from './layer-rows';
import type { RepairableLayer } from './repairable-layers';
import type { OutputPath } from './output-paths';
import { RectifiedRows } from './rectified-fit';
import { leastScale, type ResidualSum } from './residual-sums';
import { fittedInputs, mostFittedInputs, type OutputRows, type TeacherFacts } from '../trial/teacher-facts';

export interface LayerProblem {
  readonly layer: RepairableLayer;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly matrix: LayerMatrix;
  readonly rows: readonly OutputRows[];
  /** The residual sum of the output in the smaller model, and its rows in the original. */
  readonly sum?: ResidualSum & { readonly rows: readonly OutputRows[] };
  /** Rows of the original's output that are left. */
  readonly outputs: readonly number[];
  readonly fit: LayerSystems;
  readonly heldOut: LayerSystems;
  /** Present if a Relu follows the layer and all rows fit into memory. */
  readonly rectified?: OutputPath & { readonly skips?: readonly OutputRows[] };
  readonly patches: Map<string, PatchReader>;
}

/** One system for all outputs; of a depthwise layer one for each. */
export interface LayerSystems {
  readonly sums: readonly NormalSums[];
  /** The rows for a layer before a Relu, whose sign decides which errors count. There is one system then. */
  readonly rectified?: RectifiedRows;
}

export interface ProblemRequest {
  readonly teacher: TeacherFacts;
  /** The number of samples. */
  readonly samples: { readonly length: number };
  /** Positions of the outputs of a layer that are left. */
  outputsOf(layer: ChannelLayer): readonly number[];
  /** The constants of the smaller model. */
  readonly constants: ReadonlyMap<ValueName, Tensor>;
  readonly sums: ReadonlyMap<ValueName, ResidualSum>;
  /** Output paths in the smaller model, by the output of a layer. */
  readonly paths: ReadonlyMap<ValueName, OutputPath>;
}

/** Inputs of rows that are kept for one layer: 64 MB. */
const mostKeptNumbers = 2 ** 24;

/** True if the layer can be fitted. */
export function isFittable(layer: RepairableLayer, { constants, teacher, samples }: ProblemRequest): boolean {
  const weight = constants.get(layer.weight);
  const matrix = weight && layerMatrix(layer, weight);
  if (!matrix || matrix.kind === 'transposed' || fittedInputs(matrix) > mostFittedInputs) return false;
  // A bias that others read too cannot follow.
  const isBound = layer.bias === undefined && layer.node.opType !== 'MatMul' && Boolean(layer.node.inputs[2]);
  return !isBound && teacher.outputs.get(layer.output)?.length === samples.length;
}

/** The least-squares problem of a layer that can be fitted. */
export function layerProblem(layer: RepairableLayer, request: ProblemRequest): LayerProblem {
  const { constants, teacher } = request;
  const weight = constants.get(layer.weight)!;
  const matrix = layerMatrix(layer, weight)!;
  const rows = teacher.outputs.get(layer.output)!;
  const [sum, skips] = [request.sums.get(layer.output), teacher.skips.get(layer.output)];
  const isSame = skips?.length === rows.length && skips.every(({ dims }, at) => `${dims}` === `${rows[at]!.dims}`);
  const rectified = rectifiedPath(request.paths.get(layer.output), matrix, rows, isSame ? skips : undefined);
  const systems = (): LayerSystems => systemsOf(matrix, rectified);
  return {
    ...{ layer, weight, matrix, rows, fit: systems(), heldOut: systems(), patches: new Map() },
    bias: layer.bias === undefined ? undefined : constants.get(layer.bias),
    outputs: request.outputsOf(layer),
    ...(sum && isSame && { sum: { ...sum, rows: skips } }),
    ...(rectified && { rectified }),
  };
}

/** Filters of depthwise layers have so few numbers that nothing is gained. */
function rectifiedPath(
  path: OutputPath | undefined,
  matrix: LayerMatrix,
  rows: readonly OutputRows[],
  skips: readonly OutputRows[] | undefined,
): LayerProblem['rectified'] {
  if (!path?.isRectified || matrix.kind === 'depthwise') return undefined;
  const kept = rows.reduce((sum, { positions }) => sum + positions.length, 0) * fittedInputs(matrix);
  if (kept > mostKeptNumbers || (path.skip !== undefined && skips === undefined)) return undefined;
  return { ...path, ...(path.skip !== undefined && skips && { skips }) };
}

function systemsOf(matrix: LayerMatrix, rectified: LayerProblem['rectified']): LayerSystems {
  const [unknowns, { outputs }] = [fittedInputs(matrix), matrix];
  if (matrix.kind === 'depthwise') {
    return { sums: Array.from({ length: outputs }, () => new NormalSums(unknowns, 1)) };
  }
  return {
    sums: [new NormalSums(unknowns, outputs)],
    ...(rectified && { rectified: new RectifiedRows(rectified.scales ?? new Float64Array(outputs).fill(1)) }),
  };
}

/** The values of the smaller model for a sample. */
export interface SeenSample {
  readonly sample: number;
  /** The input of the layer. */
  readonly seen: FeedTensor;
  /** The value that its output is added to. */
  readonly skip: FeedTensor | undefined;
}

/**
 * Adds the inputs of the layer for a sample, with the outputs that it should give. The systems are whole once they are
 * flushed.
 */
export async function addSample(
  problem: LayerProblem,
  { sums: systems, rectified }: LayerSystems,
  { seen, skip, sample }: SeenSample,
  checkpoint: () => Promise<void>,
): Promise<void> {
  const { matrix, rows } = problem;
  const view = channelView(seen, matrix.kind);
  const { positions, dims } = rows[sample]!;
  if (view === undefined) return;
  const now = skipNow(problem, skip, sample);
  const targets = targetsOf(problem, now, sample);
  const thresholds = rectified && thresholdsOf(problem, now, sample);
  const { capacity } = systems[0]!;
  for (let start = 0; start < positions.length;) {
    const { filled } = systems[0]!;
    const some = positions.subarray(start, start + capacity - filled);
    for (const [system, sums] of systems.entries()) {
      writeInputs(problem, { view, seen, dims }, some, sums, system);
      for (let row = 0; row < sums.outputs; row += 1) {
        const from = (system + row) * positions.length + start;
        sums.outputPanel.set(targets.subarray(from, from + some.length), row * capacity + filled);
        if (thresholds) rectified?.fill(row, filled, thresholds.subarray(from, from + some.length));
      }
      if (filled + some.length === capacity) rectified?.add(sums, capacity);
      await sums.fill(some.length, checkpoint);
    }
    start += some.length;
  }
}

/** Adds the waiting samples. */
export async function flushSystems(
  { sums: systems, rectified }: LayerSystems,
  checkpoint: () => Promise<void>,
): Promise<void> {
  for (const sums of systems) {
    if (sums.filled > 0) rectified?.add(sums, sums.filled);
    await sums.flush(checkpoint);
  }
}

/** The value that the output is added to in the smaller model, [remaining outputs, positions]. */
function skipNow(
  { matrix, rows, outputs, sum }: LayerProblem,
  skip: FeedTensor | undefined,
  sample: number,
): Float64Array | undefined {
  const { positions } = rows[sample]!;
  const view = skip && channelView(skip, matrix.kind);
  if (sum === undefined || view?.channels !== outputs.length) return undefined;
  const now = new Float64Array(outputs.length * positions.length);
  writeChannels(view, positions, now, positions.length);
  return now;
}

/** The targets of the layer, [remaining outputs, positions]: its original outputs, plus the loss of its sum since then. */
function targetsOf({ rows, outputs, sum }: LayerProblem, now: Float64Array | undefined, sample: number): Float32Array {
  const targets = rowsLeft(rows[sample]!, outputs);
  if (sum === undefined || now === undefined) return targets;
  const before = rowsLeft(sum.rows[sample]!, outputs);
  const count = targets.length / Math.max(1, outputs.length);
  for (let at = 0; at < targets.length; at += 1) {
    const scale = sum.scales?.[Math.floor(at / count)] ?? 1;
    if (Math.abs(scale) >= leastScale) targets[at]! += (before[at]! - now[at]!) / scale;
  }
  return targets;
}

/**
 * The thresholds below which Relu outputs 0, [outputs that are left, positions]. An unknown part of a sum counts as in
 * the original.
 */
function thresholdsOf(
  { rows, outputs, rectified }: LayerProblem,
  now: Float64Array | undefined,
  sample: number,
): Float32Array {
  const before = rectified?.skips?.[sample];
  const skip = now ?? (before && rowsLeft(before, outputs));
  const count = rows[sample]!.positions.length;
  const thresholds = new Float32Array(outputs.length * count);
  for (let output = 0; output < outputs.length; output += 1) {
    const scale = rectified?.scales?.[output] ?? 1;
    const divisor = Math.abs(scale) < leastScale ? leastScale * (scale < 0 ? -1 : 1) : scale;
    const shift = rectified?.shifts?.[output] ?? 0;
    for (let at = output * count; at < (output + 1) * count; at += 1) {
      thresholds[at] = -(shift + (skip?.[at] ?? 0)) / divisor;
    }
  }
  return thresholds;
}

function rowsLeft({ positions, values }: OutputRows, outputs: readonly number[]): Float32Array {
  const count = positions.length;
  const left = new Float32Array(outputs.length * count);
  outputs.forEach((output, row) => left.set(values.subarray(output * count, (output + 1) * count), row * count));
  return left;
}

interface SeenTensor {
  readonly view: ChannelView;
  readonly seen: FeedTensor;
  /** The dimensions of the output of the layer. */
  readonly dims: readonly number[];
}

function writeInputs(
  { matrix, layer, weight, patches, outputs }: LayerProblem,
  { view, seen, dims }: SeenTensor,
  positions: Int32Array,
  sums: NormalSums,
  system: number,
): void {
  const panel = sums.inputPanel.subarray(sums.filled);
  if (matrix.kind === 'product') return writeChannels(view, positions, panel, sums.capacity);
  const key = `${seen.dims.slice(2)} ${dims.slice(2)}`;
  let reader = patches.get(key);
  if (reader === undefined) {
    reader = new PatchReader(layer.node, weight.dims.slice(2).map(Number), seen.dims.slice(2), dims.slice(2));
    patches.set(key, reader);
  }
  // A depthwise layer with several filters for each channel has as many outputs in a row of one channel.
  const channel = Math.floor((system * view.channels) / outputs.length);
  const channels =
    matrix.kind === 'depthwise' ? { first: channel, end: channel + 1 } : { first: 0, end: view.channels };
  reader.write(view, channels, positions, panel, sums.capacity);
}
