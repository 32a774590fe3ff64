/**
 * Structured optimal brain surgeon over channels. The cost of a channel is the loss of the layers that read it, after
 * the other channels have compensated for it. (Hassibi and Stork 1993; Frantar and Alistarh 2022, for blocks.)
 * Redundant channels are removed early, which the importance of single channels cannot show.
 */
import { factorCholesky, solveCholesky } from '../../../../linear-algebra/cholesky';
import { NormalSums } from '../../../../linear-algebra/normal-sums';
import { isLock } from '../../../../onnx/coupling/atoms';
import type { ChannelGroup } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import type { ValueName } from '../../../../onnx/graph';
import { layerMatrix, type LayerMatrix } from '../repair/layer-matrix';

/** The share of the mean variance that is added to the variance of each channel, because few samples describe rare channels badly. */
const damping = 1e-2;

/** A value that layers read: all of its channels, those of other groups among them. */
interface ReadValue {
  readonly channels: number;
  /** The inverse of the damped covariance: its lower half. Rows and columns of removed channels are 0. */
  readonly inverse: Float64Array;
  /**
   * Σ wᵀw over the rows of the layers' remaining weights. Each layer is divided by its energy, so that costs of layers
   * can be added.
   */
  readonly squares: Float64Array;
  /** Channels of each unit of the group. */
  readonly places: readonly (readonly number[])[];
}

/**
 * Returns the cost of each unit of a group at its turn, if the units are removed one after the other and the cheapest
 * first. Costs are parts of the variance of the layers' outputs, and never fall from turn to turn. Returns `undefined`
 * if no layer that reads the group was observed.
 */
export async function surgeonScores(
  coupled: CoupledChannels,
  group: ChannelGroup,
  inputs: ReadonlyMap<ValueName, NormalSums>,
  checkpoint: () => Promise<void>,
): Promise<Float64Array | undefined> {
  const values = await readValues(coupled, group, inputs, checkpoint);
  if (values.length === 0) return undefined;
  const scores = new Float64Array(group.units.length);
  const left = new Set(group.units.keys());
  let reached = 0;
  while (left.size > 0) {
    let [cheapest, cost] = [-1, Infinity];
    for (const unit of left) {
      const own = values.reduce((sum, value) => sum + costOf(value, unit), 0);
      if (own < cost || cheapest < 0) [cheapest, cost] = [unit, own];
    }
    reached = Math.max(reached, cost);
    scores[cheapest] = reached;
    left.delete(cheapest);
    for (const value of values) removeUnit(value, cheapest);
    await checkpoint();
  }
  return scores;
}

async function readValues(
  coupled: CoupledChannels,
  group: ChannelGroup,
  inputs: ReadonlyMap<ValueName, NormalSums>,
  checkpoint: () => Promise<void>,
): Promise<readonly ReadValue[]> {
  const unitOf = new Map(group.units.map((root, unit) => [root, unit]));
  const byValue = new Map<
    ValueName,
    { places: number[][]; squares: NormalSums; sums: NormalSums; variances: Float64Array }
  >();
  for (const layer of group.layers) {
    const sums = inputs.get(layer.data);
    const axis = layer.consumes === undefined ? undefined : coupled.values.get(layer.weight)![layer.consumes]!;
    const matrix = sums && layerMatrix(layer, coupled.constants.get(layer.weight)!);
    if (!sums || !matrix || axis === undefined || isLock(axis) || matrix.inputs !== sums.inputs) continue;
    const places: number[][] = group.units.map(() => []);
    axis.forEach((atom, at) => {
      const unit = unitOf.get(coupled.space.classOf(atom));
      if (unit !== undefined) places[unit]!.push(at);
    });
    if (places.every((own) => own.length === 0)) continue;
    const variances = byValue.get(layer.data)?.variances ?? variancesOf(sums);
    const value = byValue.get(layer.data) ?? { places, squares: new NormalSums(sums.inputs), sums, variances };
    byValue.set(layer.data, value);
    await addSquares(value.squares, matrix, variances, checkpoint);
  }
  const values: ReadValue[] = [];
  for (const { places, squares, sums } of byValue.values()) {
    const inverse = await dampedInverse(sums, checkpoint);
    if (inverse) values.push({ channels: sums.inputs, inverse, squares: squares.gram, places });
  }
  return values;
}

function variancesOf({ inputs, samples, gram, inputSums }: NormalSums): Float64Array {
  return Float64Array.from(
    { length: inputs },
    (_, at) => gram[at * inputs + at]! / samples - (inputSums[at]! / samples) ** 2,
  );
}

/**
 * Adds wᵀw over the rows of a layer, one for each output and tap, divided by the variance of the outputs of the layer.
 */
async function addSquares(
  squares: NormalSums,
  { outputs, inputs, taps, values }: LayerMatrix,
  variances: Float64Array,
  checkpoint: () => Promise<void>,
): Promise<void> {
  let energy = 0;
  values.forEach((weight, at) => (energy += weight * weight * variances[Math.floor(at / taps) % inputs]!));
  // The bias represents values that never vary.
  if (!(energy > 0)) return;
  const scale = 1 / Math.sqrt(energy);
  for (let output = 0; output < outputs; output += 1) {
    for (let tap = 0; tap < taps; tap += 1) {
      const row = squares.inputPanel.subarray(squares.filled);
      for (let input = 0; input < inputs; input += 1) {
        row[input * squares.capacity] = scale * values[(output * inputs + input) * taps + tap]!;
      }
      await squares.fill(1, checkpoint);
    }
  }
  await squares.flush(checkpoint);
}

async function dampedInverse(
  { inputs, samples, gram, inputSums }: NormalSums,
  checkpoint: () => Promise<void>,
): Promise<Float64Array | undefined> {
  const matrix = new Float64Array(inputs * inputs);
  let trace = 0;
  for (let row = 0; row < inputs; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const at = row * inputs + column;
      matrix[at] = gram[at]! / samples - (inputSums[row]! / samples) * (inputSums[column]! / samples);
    }
    trace += matrix[row * inputs + row]!;
  }
  const inverse = new Float64Array(inputs * inputs);
  for (let row = 0; row < inputs; row += 1) {
    matrix[row * inputs + row]! += Math.max((damping * trace) / inputs, Number.MIN_VALUE);
    inverse[row * inputs + row] = 1;
  }
  if (!(await factorCholesky(matrix, inputs, checkpoint))) return undefined;
  await solveCholesky(matrix, inputs, inverse, inputs, checkpoint);
  return inverse;
}

/** Channels of one unit are taken as if each went by itself. */
function costOf({ channels, inverse, squares, places }: ReadValue, unit: number): number {
  let cost = 0;
  for (const channel of places[unit]!) {
    const at = channel * channels + channel;
    cost += Math.max(0, squares[at]!) / inverse[at]!;
  }
  return cost;
}

/**
 * The remaining channels compensate as far as they can: W −= W_u·(H⁻¹_uu)⁻¹·H⁻¹_u, and H⁻¹ loses its row and column.
 * Only WᵀW is kept of W, for which, with p = H⁻¹_u ÷ H⁻¹_uu, that is WᵀW − WᵀW_u·p − pᵀ·W_uᵀW + W_uᵀW_u·pᵀp. Both matrices are
 * symmetric: only their lower halves are used.
 */
function removeUnit({ channels, inverse, squares, places }: ReadValue, unit: number): void {
  for (const channel of places[unit]!) {
    const pivot = takeRow(inverse, channels, channel);
    const own = takeRow(squares, channels, channel);
    const scale = 1 / pivot[channel]!;
    pivot[channel] = 0;
    const ownSquare = own[channel]!;
    own[channel] = 0;
    for (let row = 0; row < channels; row += 1) {
      const factor = pivot[row]! * scale;
      const left = own[row]! * scale - ownSquare * factor * scale;
      if (factor === 0 && left === 0) continue;
      const at = row * channels;
      for (let column = 0; column <= row; column += 1) {
        inverse[at + column]! -= factor * pivot[column]!;
        squares[at + column]! -= left * pivot[column]! + factor * own[column]!;
      }
    }
    // Rounding leaves a tiny number here that would be divided by.
    inverse[channel * channels + channel] = 1;
  }
}

/** The row of a symmetric matrix, which is 0 in the matrix from then on. */
function takeRow(matrix: Float64Array, size: number, row: number): Float64Array {
  const taken = new Float64Array(size);
  const start = row * size;
  taken.set(matrix.subarray(start, start + row + 1));
  matrix.fill(0, start, start + row + 1);
  for (let at = row + 1; at < size; at += 1) {
    taken[at] = matrix[at * size + row]!;
    matrix[at * size + row] = 0;
  }
  return taken;
}
