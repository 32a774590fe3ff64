/** First layers of tables whose columns differ so much in size that one step for all of them would lose the small ones. */
import type { LabeledFeeds } from '../../../data/calibration-data';
import { tensorNumbers } from '../../../data/tensor-numbers';
import type { Model } from '../../../onnx/graph';
import { readFloat32 } from '../../../onnx/tensor';
import { activationGrid } from '../../../training/fake-quant';
import type { Refusal } from '../../pass';
import type { QuantizableLayers, QuantizedLayer } from './quantization-plan';

export interface ColumnRounding {
  readonly bits: number;
  readonly quantizesActivations: boolean;
}

const mostSamples = 256;
/**
 * The least ratio of the output of a layer to its rounding error (6 dB). The ratio exceeds one hundred if columns are
 * equal.
 */
const leastRatio = 4;

/**
 * Moves matrix layers that read such an input of the model from the layers to the refusals. Rounding adds s²/12 to each
 * column of the input and to each weight, where s is the step of its grid (Widrow and Kollár 2008). The variance of a
 * layer's output is Σ var(xⱼ)·wⱼ².
 */
export function withoutUnevenColumns(
  { layers, refusals }: QuantizableLayers,
  model: Model,
  samples: readonly LabeledFeeds[],
  rounding: ColumnRounding,
): QuantizableLayers {
  const inputs = new Set(model.graph!.inputs.map(({ name }) => name ?? ''));
  const uneven = layers.filter(({ input, weight, ...layer }) => {
    if (!inputs.has(input) || weight.dims.length !== 2) return false;
    const columns = columnsOf(input, Number(weight.dims[1 - layer.axis]), samples);
    return columns !== undefined && isLost(columns, { weight, axis: layer.axis }, rounding);
  });
  return { layers: layers.filter((layer) => !uneven.includes(layer)), refusals: [...refusals, ...uneven.map(refuse)] };
}

function refuse({ path, node }: QuantizedLayer): Refusal {
  const reason = 'Its input columns differ too much in size: one scale for all would lose the small ones.';
  return { path, op: node.opType ?? '', code: 'uneven-columns', reason };
}

interface Columns {
  readonly variances: Float64Array;
  readonly meanSquares: Float64Array;
  /** The step of the 8-bit grid. */
  readonly step: number;
}

function columnsOf(input: string, count: number, samples: readonly LabeledFeeds[]): Columns | undefined {
  const sums = new Float64Array(count);
  const squares = new Float64Array(count);
  let [low, high, rows] = [0, 0, 0];
  for (const { feeds } of samples.slice(0, mostSamples)) {
    const values = tensorNumbers(feeds[input]!);
    if (values === undefined || values.length % count !== 0) return undefined;
    values.forEach((value, index) => {
      sums[index % count]! += value;
      squares[index % count]! += value * value;
      low = Math.min(low, value);
      high = Math.max(high, value);
    });
    rows += values.length / count;
  }
  if (rows === 0) return undefined;
  const meanSquares = squares.map((sum) => sum / rows);
  const variances = meanSquares.map((square, column) => Math.max(0, square - (sums[column]! / rows) ** 2));
  return { variances, meanSquares, step: activationGrid(low, high).scales[0]! };
}

function isLost(
  { variances, meanSquares, step }: Columns,
  { weight, axis }: Pick<QuantizedLayer, 'weight' | 'axis'>,
  { bits, quantizesActivations }: ColumnRounding,
): boolean {
  const values = readFloat32(weight);
  const [first, second] = weight.dims.map(Number) as [number, number];
  const outputs = axis === 0 ? first : second;
  const power = meanSquares.reduce((sum, square) => sum + square, 0);
  let [signal, noise] = [0, 0];
  for (let output = 0; output < outputs; output++) {
    let largest = 0;
    variances.forEach((variance, column) => {
      const value = values[axis === 0 ? output * second + column : column * second + output]!;
      largest = Math.max(largest, Math.abs(value));
      signal += variance * value * value;
      if (quantizesActivations) noise += (step * value) ** 2 / 12;
    });
    noise += ((largest / (2 ** (bits - 1) - 1)) ** 2 / 12) * power;
  }
  return signal < leastRatio * noise;
}
