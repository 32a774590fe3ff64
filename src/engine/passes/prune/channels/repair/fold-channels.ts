/** The one-shot repair: removed channels are predicted from the kept ones, by their covariance in the original. */
import { factorCholesky, solveCholesky } from '../../../../linear-algebra/cholesky';
import { matrixProduct } from '../../../../linear-algebra/matrix-products';
import { isLock } from '../../../../onnx/coupling/atoms';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import type { Tensor, ValueName } from '../../../../onnx/graph';
import type { KeptPositions } from '../../../../onnx/ops/coupling/coupling-rule';
import { readFloat32 } from '../../../../onnx/tensor';
import { keptValues, type KeptValues } from './kept-values';
import { floatTensorLike, layerMatrix, tensorOfMatrix, type LayerMatrix } from './layer-matrix';
import type { NormalizedInput } from './normalized-inputs';
import type { RepairableLayer } from './repairable-layers';
import type { TeacherFacts } from '../trial/teacher-facts';

const ridge = 1e-3;

export interface FoldRequest {
  readonly coupled: CoupledChannels;
  readonly layers: readonly RepairableLayer[];
  readonly teacher: Pick<TeacherFacts, 'inputs'>;
  /** Normalized inputs by the value that layers read. */
  readonly normalized: ReadonlyMap<ValueName, NormalizedInput>;
  readonly kept: KeptPositions;
  readonly checkpoint: () => Promise<void>;
}

/**
 * Computes new weights and biases of layers that lose inputs, in their full size. Removed channels r are predicted from
 * kept ones s: x_r ≈ B·x_s + (x̄_r − B·x̄_s) with B = Cov(x_r, x_s)·(Cov(x_s) + λI)⁻¹. This goes into W_s += W_r·B and
 * b += W_r·(x̄_r − B·x̄_s) (GRAIL's folding map, centered). If a normalization loses channels, the kept ones change: B
 * starts from their new values (`keptValues`) and compensates for that change too. Layers whose inputs were not summed
 * up keep their weights.
 */
export async function foldChannels(request: FoldRequest): Promise<Map<ValueName, Tensor>> {
  const { coupled, layers, teacher, normalized, kept, checkpoint } = request;
  const folded = new Map<ValueName, Tensor>();
  const maps = new Map<ValueName, FoldingMap | null>();
  for (const layer of layers) {
    const sums = teacher.inputs.get(layer.data);
    const axis = layer.consumes === undefined ? undefined : coupled.values.get(layer.weight)![layer.consumes]!;
    if (sums === undefined || axis === undefined || isLock(axis) || sums.inputs !== axis.length) continue;
    if (kept(axis).length === axis.length) continue;
    if (!maps.has(layer.data)) {
      const form = normalized.get(layer.data);
      const source = form && teacher.inputs.get(form.source);
      const values = keptValues(sums, kept(axis), form && source && { ...form, sums: source });
      maps.set(layer.data, await foldingMap(values, checkpoint));
    }
    const map = maps.get(layer.data);
    if (!map) continue;
    const weight = coupled.constants.get(layer.weight)!;
    const matrix = layerMatrix(layer, weight)!;
    const shift = await foldInto(matrix, map, checkpoint);
    folded.set(layer.weight, tensorOfMatrix(layer, weight, matrix));
    if (layer.bias !== undefined) {
      const bias = coupled.constants.get(layer.bias)!;
      const values = Float64Array.from(readFloat32(bias), (value, output) => value + shift[output]!);
      folded.set(layer.bias, floatTensorLike(bias, bias.dims, values));
    }
    await checkpoint();
  }
  return folded;
}

interface FoldingMap {
  readonly kept: readonly number[];
  /** Channels that are predicted from the kept ones. */
  readonly predicted: readonly number[];
  /** [predicted, kept]. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

async function foldingMap(
  { kept, predicted, covariance, targets, means, targetMeans }: KeptValues,
  checkpoint: () => Promise<void>,
): Promise<FoldingMap | null> {
  const size = kept.length;
  const matrix = new Float64Array(size * size);
  let trace = 0;
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) matrix[row * size + column] = covariance(row, column);
    trace += matrix[row * size + row]!;
  }
  const lambda = Math.max((ridge * trace) / size, Number.MIN_VALUE);
  for (let row = 0; row < size; row += 1) matrix[row * size + row]! += lambda;
  const weights = new Float64Array(predicted.length * size);
  for (let row = 0; row < predicted.length; row += 1) {
    for (let column = 0; column < size; column += 1) weights[row * size + column] = targets(row, column);
  }
  await checkpoint();
  if (!(await factorCholesky(matrix, size, checkpoint))) return null;
  await solveCholesky(matrix, size, weights, predicted.length, checkpoint);
  const bias = Float64Array.from(predicted, (_, row) => {
    let sum = targetMeans(row);
    for (let column = 0; column < size; column += 1) sum -= weights[row * size + column]! * means(column);
    return sum;
  });
  return { kept, predicted, weights, bias };
}

/** Changes the columns of kept channels, and returns the shift of the outputs. One product gives all changes. */
async function foldInto(
  { outputs, inputs, taps, values }: LayerMatrix,
  { kept, predicted, weights, bias }: FoldingMap,
  checkpoint: () => Promise<void>,
): Promise<Float64Array> {
  const rows = outputs * taps;
  const inner = predicted.length;
  const removed = new Float64Array(rows * inner);
  const shift = new Float64Array(outputs);
  for (let output = 0; output < outputs; output += 1) {
    for (let r = 0; r < inner; r += 1) {
      const from = (output * inputs + predicted[r]!) * taps;
      for (let tap = 0; tap < taps; tap += 1) {
        const weight = values[from + tap]!;
        removed[(output * taps + tap) * inner + r] = weight;
        shift[output]! += weight * bias[r]!;
      }
    }
  }
  const columns = kept.length;
  const change = await matrixProduct(removed, weights, { rows, inner, columns }, checkpoint);
  for (let output = 0; output < outputs; output += 1) {
    for (let s = 0; s < columns; s += 1) {
      const to = (output * inputs + kept[s]!) * taps;
      for (let tap = 0; tap < taps; tap += 1) values[to + tap]! += change[(output * taps + tap) * columns + s]!;
    }
  }
  return shift;
}
