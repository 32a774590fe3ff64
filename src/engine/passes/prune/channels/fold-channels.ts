/** The one-shot repair: what removed channels told is said with the channels that stay, by how they go together in the original. */
import { factorCholesky, solveCholesky } from '../../../linear-algebra/cholesky';
import type { NormalSums } from '../../../linear-algebra/normal-sums';
import { isLock } from '../../../onnx/coupling/atoms';
import type { CoupledChannels } from '../../../onnx/coupling/couple-channels';
import type { Tensor, ValueName } from '../../../onnx/graph';
import type { KeptPositions } from '../../../onnx/ops/coupling/coupling-rule';
import { readFloat32 } from '../../../onnx/tensor';
import { floatTensorLike, layerMatrix, tensorOfMatrix, type LayerMatrix } from './layer-matrix';
import type { RepairableLayer } from './repairable-layers';
import type { TeacherFacts } from './teacher-facts';

const ridge = 1e-3;

/**
 * New numbers for the weights and biases of layers that lose inputs, in their full size: x_r ≈ B·x_s + (x̄_r − B·x̄_s) for removed
 * channels r and kept ones s, B = Cov(x_r, x_s)·(Cov(x_s) + λI)⁻¹, goes into W_s += W_r·B and b += W_r·(x̄_r − B·x̄_s)
 * (GRAIL's folding map, centred). Of layers whose inputs were not summed up, nothing.
 */
export async function foldChannels(
  coupled: CoupledChannels,
  layers: readonly RepairableLayer[],
  teacher: TeacherFacts,
  kept: KeptPositions,
  checkpoint: () => Promise<void>,
): Promise<Map<ValueName, Tensor>> {
  const folded = new Map<ValueName, Tensor>();
  const maps = new Map<ValueName, FoldingMap | null>();
  for (const layer of layers) {
    const sums = teacher.inputs.get(layer.data);
    const axis = layer.consumes === undefined ? undefined : coupled.values.get(layer.weight)![layer.consumes]!;
    if (sums === undefined || axis === undefined || isLock(axis) || sums.inputs !== axis.length) continue;
    if (kept(axis).length === axis.length) continue;
    if (!maps.has(layer.data)) maps.set(layer.data, await foldingMap(sums, kept(axis), checkpoint));
    const map = maps.get(layer.data);
    if (!map) continue;
    const weight = coupled.constants.get(layer.weight)!;
    const matrix = layerMatrix(layer, weight)!;
    const shift = foldInto(matrix, map);
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
  readonly removed: readonly number[];
  /** [removed, kept]. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

async function foldingMap(
  sums: NormalSums,
  kept: readonly number[],
  checkpoint: () => Promise<void>,
): Promise<FoldingMap | null> {
  const { inputs, samples, gram, inputSums } = sums;
  const isKept = new Set(kept);
  const removed = Array.from({ length: inputs }, (_, input) => input).filter((input) => !isKept.has(input));
  const covariance = (a: number, b: number): number =>
    gram[Math.max(a, b) * inputs + Math.min(a, b)]! / samples - (inputSums[a]! / samples) * (inputSums[b]! / samples);
  const size = kept.length;
  const matrix = new Float64Array(size * size);
  let trace = 0;
  kept.forEach((a, row) => {
    for (let column = 0; column <= row; column += 1) matrix[row * size + column] = covariance(a, kept[column]!);
    trace += matrix[row * size + row]!;
  });
  const lambda = Math.max((ridge * trace) / size, Number.MIN_VALUE);
  for (let row = 0; row < size; row += 1) matrix[row * size + row]! += lambda;
  const weights = new Float64Array(removed.length * size);
  removed.forEach((a, row) => kept.forEach((b, column) => (weights[row * size + column] = covariance(a, b))));
  await checkpoint();
  if (!(await factorCholesky(matrix, size, checkpoint))) return null;
  await solveCholesky(matrix, size, weights, removed.length, checkpoint);
  const bias = Float64Array.from(removed, (a, row) =>
    kept.reduce(
      (sum, b, column) => sum - (weights[row * size + column]! * inputSums[b]!) / samples,
      inputSums[a]! / samples,
    ),
  );
  return { kept, removed, weights, bias };
}

/** Changes the columns of kept channels, and gives what the outputs shift by. */
function foldInto({ outputs, inputs, taps, values }: LayerMatrix, map: FoldingMap): Float64Array {
  const { kept, removed, weights, bias } = map;
  const shift = new Float64Array(outputs);
  for (let output = 0; output < outputs; output += 1) {
    const row = output * inputs * taps;
    removed.forEach((input, r) => {
      for (let tap = 0; tap < taps; tap += 1) {
        const weight = values[row + input * taps + tap]!;
        if (weight === 0) continue;
        shift[output]! += weight * bias[r]!;
        const from = r * kept.length;
        for (let s = 0; s < kept.length; s += 1) values[row + kept[s]! * taps + tap]! += weight * weights[from + s]!;
      }
    });
  }
  return shift;
}
