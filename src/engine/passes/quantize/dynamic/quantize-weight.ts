/** Quantizes one weight: its scales at once, its integers at once or whenever they are read. */
import { MemorySource, type ByteSource } from '../../../onnx/byte-source';
import type { Tensor } from '../../../onnx/graph';
import { elementCount, storedSource } from '../../../onnx/tensor';
import type { WorkMeter } from '../../work-meter';
import type { AffineOptions, IntegerType } from '../affine';
import { quantizePieces, quantizeTransposedPieces, type Matrices } from './quantize-pieces';
import { QuantizedSource } from './quantized-source';
import { LastResult } from '../last-result';
import { TransposedSource } from './transposed-source';
import { openStreamedWeight, openWeight, ReadBuffer, type WeightReader } from '../weight-reader';
import { findWeightScaling, type ScaleGroups, type WeightScaling } from './weight-scaling';

/** Integers that are summed between two chances to cancel. */
const pieceBytes = 2 ** 20;

export interface WeightLayout {
  readonly affine: AffineOptions;
  readonly groups: ScaleGroups;
  /** Matrices whose rows and columns are exchanged in the result. Their columns have no scales of their own. */
  readonly transposed?: Matrices;
}

export interface QuantizedWeight {
  /** One byte per element, two's complement for int8. */
  readonly data: ByteSource;
  /** One per group. */
  readonly scales: Float32Array;
  readonly zeroPoints: readonly number[];
}

/** Quantizes the weights of one run, which share memory. */
export class WeightQuantizer {
  readonly #meter: WorkMeter;
  readonly #wholeWeights = new ReadBuffer();
  readonly #pieces = new ReadBuffer();
  readonly #lastTransposed = new LastResult<Uint8Array>();
  readonly #bytesToKeep: number;
  #keptBytes = 0;

  /**
   * @param bytesToKeep integers are computed at once and kept up to so many bytes in all; others whenever they are
   * read. The limit is a quarter of it if floats are cheap to read again, because keeping the integers is then no
   * faster.
   */
  constructor(meter: WorkMeter, bytesToKeep: number) {
    this.#meter = meter;
    this.#bytesToKeep = bytesToKeep;
  }

  /** The total that the meter counts when these weights are quantized: the bytes of their floats, twice for those that are kept. */
  workBytes(tensors: Iterable<Tensor>): number {
    let keptBytes = 0;
    let workBytes = 0;
    for (const tensor of tensors) {
      const count = elementCount(tensor);
      const keeps = this.#canKeep(tensor, keptBytes);
      if (keeps) keptBytes += count;
      workBytes += 4 * count * (keeps ? 2 : 1);
    }
    return workBytes;
  }

  /**
   * Scales, zero points and integers of a float weight, as `affineParameters` defines them. `undefined` if it holds NaN or
   * infinity. The meter counts the bytes of floats that were read. Rejects when it does, and when the
   * bytes cannot be read.
   */
  async quantize(tensor: Tensor, layout: WeightLayout): Promise<QuantizedWeight | undefined> {
    const count = elementCount(tensor);
    const streamed = this.#canKeep(tensor, this.#keptBytes) ? undefined : openStreamedWeight(tensor, this.#pieces);
    const reader = streamed ?? openWeight(tensor, this.#wholeWeights);
    const scaling = await findWeightScaling(reader, layout.groups, layout.affine, this.#meter);
    if (!scaling) return undefined;
    const { scales, zeroPoints } = scaling;
    if (streamed) return { scales, zeroPoints, data: this.#onDemand(streamed, scaling, layout) };
    const bytes = new Uint8Array(count);
    for (const elements of stepsOf(reader, scaling, layout, bytes)) await this.#meter.advance(elements * 4);
    this.#keptBytes += count;
    return { scales, zeroPoints, data: new MemorySource(bytes) };
  }

  /**
   * Returns for each column of a quantized matrix [K, N] the sum of the floats that its integers stand for, rounded
   * once.
   */
  async sumColumns(
    { data, scales, zeroPoints }: QuantizedWeight,
    [rows = 0, columns = 0]: readonly number[],
    type: IntegerType,
  ): Promise<Float32Array> {
    await data.prepare?.(() => this.#meter.advance(0));
    const sums = new Float64Array(columns);
    const rowsAtOnce = Math.max(1, Math.floor(pieceBytes / Math.max(1, columns)));
    for (let row = 0; row < rows; row += rowsAtOnce) {
      const bytes = data.read(row * columns, Math.min(rows, row + rowsAtOnce) * columns);
      const integers = type === 'int8' ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
      for (let at = 0, column = 0; at < integers.length; at++) {
        sums[column]! += integers[at]!;
        column = column + 1 === columns ? 0 : column + 1;
      }
      await this.#meter.advance(0);
    }
    const at = (column: number): number => (scales.length === 1 ? 0 : column);
    return Float32Array.from(sums, (sum, column) => (sum - rows * zeroPoints[at(column)]!) * scales[at(column)]!);
  }

  #canKeep(tensor: Tensor, keptBytes: number): boolean {
    const isCheapToReadAgain = storedSource(tensor)?.readInto !== undefined;
    return keptBytes + elementCount(tensor) <= this.#bytesToKeep / (isCheapToReadAgain ? 4 : 1);
  }

  #onDemand(reader: WeightReader, scaling: WeightScaling, layout: WeightLayout): ByteSource {
    if (!layout.transposed) return new QuantizedSource(reader, scaling);
    const computation = (target: Uint8Array) => stepsOf(reader, scaling, layout, target);
    return new TransposedSource(computation, reader.elementCount, this.#lastTransposed);
  }
}

function stepsOf(
  reader: WeightReader,
  scaling: WeightScaling,
  { transposed }: WeightLayout,
  target: Uint8Array,
): Iterable<number> {
  return transposed
    ? quantizeTransposedPieces(reader, scaling, transposed, target)
    : quantizePieces(reader, scaling, target);
}
