/**
 * Structured optimal brain surgeon over channels: a channel costs what the layers that read it lose after the others have made up for
 * it as well as they can (Hassibi and Stork 1993; Frantar and Alistarh 2022, for blocks). Channels that go together with others go
 * early, which importance of single channels cannot see.
 */
import { factorCholesky, solveCholesky } from '../../../linear-algebra/cholesky';
import type { NormalSums } from '../../../linear-algebra/normal-sums';
import { isLock } from '../../../onnx/coupling/atoms';
import type { ChannelGroup } from '../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../onnx/coupling/couple-channels';
import type { ValueName } from '../../../onnx/graph';
import { layerMatrix } from './layer-matrix';

/** Of the mean variance, added to each channel's: what few samples say of rare channels is not believed. */
const damping = 1e-2;

/** A layer that reads channels of the group. */
interface Reader {
  /** [outputs · taps, inputs]: what is left of the weights as channels go. */
  readonly weights: Float64Array;
  readonly rows: number;
  /** Divides costs, so that those of different layers add up. */
  readonly energy: number;
}

/** A value that layers read: all of its channels, those of other groups among them. */
interface ReadValue {
  readonly channels: number;
  /** Of the damped covariance; rows and columns of channels that went are 0. */
  readonly inverse: Float64Array;
  readonly readers: readonly Reader[];
  /** Channels of each unit of the group. */
  readonly places: readonly (readonly number[])[];
}

/**
 * What each unit of a group costs at its turn, when the units go one after the other, always the cheapest: parts of the variance of the
 * layers' outputs. Never falls from turn to turn. `undefined` where no layer that reads the group was observed.
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
    { places: number[][]; readers: Reader[]; sums: NormalSums; variances: Float64Array }
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
    const value = byValue.get(layer.data) ?? { places, readers: [], sums, variances: variancesOf(sums) };
    byValue.set(layer.data, value);
    value.readers.push(readerOf(matrix, value.variances));
  }
  const values: ReadValue[] = [];
  for (const { places, readers, sums } of byValue.values()) {
    const inverse = await dampedInverse(sums, checkpoint);
    if (inverse) values.push({ channels: sums.inputs, inverse, readers, places });
  }
  return values;
}

function variancesOf({ inputs, samples, gram, inputSums }: NormalSums): Float64Array {
  return Float64Array.from(
    { length: inputs },
    (_, at) => gram[at * inputs + at]! / samples - (inputSums[at]! / samples) ** 2,
  );
}

function readerOf(
  { outputs, inputs, taps, values }: NonNullable<ReturnType<typeof layerMatrix>>,
  variances: Float64Array,
): Reader {
  const rows = outputs * taps;
  const weights = new Float64Array(rows * inputs);
  let energy = 0;
  for (let output = 0; output < outputs; output += 1) {
    for (let input = 0; input < inputs; input += 1) {
      for (let tap = 0; tap < taps; tap += 1) {
        const weight = values[(output * inputs + input) * taps + tap]!;
        weights[(output * taps + tap) * inputs + input] = weight;
        energy += weight * weight * variances[input]!;
      }
    }
  }
  return { weights, rows, energy: Math.max(energy, Number.MIN_VALUE) };
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
function costOf({ channels, inverse, readers, places }: ReadValue, unit: number): number {
  let cost = 0;
  for (const channel of places[unit]!) {
    const scale = inverse[channel * channels + channel]!;
    for (const { weights, rows, energy } of readers) {
      let sum = 0;
      for (let at = channel; at < rows * channels; at += channels) sum += weights[at]! * weights[at]!;
      cost += sum / scale / energy;
    }
  }
  return cost;
}

/** The others take over what they can: W −= W_u·(H⁻¹_uu)⁻¹·H⁻¹_u, and H⁻¹ loses its row and column. */
function removeUnit({ channels, inverse, readers, places }: ReadValue, unit: number): void {
  for (const channel of places[unit]!) {
    const pivot = inverse.slice(channel * channels, (channel + 1) * channels);
    for (const { weights, rows } of readers) clearColumn(weights, rows, channel, pivot);
    clearColumn(inverse, channels, channel, pivot);
    // What rounding leaves would be divided by.
    inverse[channel * channels + channel] = 1;
  }
}

/** Subtracts from each row the multiple of `pivot` that makes the column of the channel 0. */
function clearColumn(matrix: Float64Array, rows: number, channel: number, pivot: Float64Array): void {
  const columns = pivot.length;
  const scale = 1 / pivot[channel]!;
  for (let start = 0; start < rows * columns; start += columns) {
    const factor = matrix[start + channel]! * scale;
    if (factor === 0) continue;
    for (let at = 0; at < columns; at += 1) matrix[start + at]! -= factor * pivot[at]!;
    matrix[start + channel] = 0;
  }
}
