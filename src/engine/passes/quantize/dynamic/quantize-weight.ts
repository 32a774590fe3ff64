/** Quantizes one weight: its scales at once, its integers at once or whenever they are read. */
import { type ByteSource, MemorySource } from '../../../onnx/byte-source';
import type { Tensor } from '../../../onnx/graph';
import { elementCount, storedSource } from '../../../onnx/tensor';
import type { WorkMeter } from '../../work-meter';
import type { AffineOptions, IntegerType } from '../affine';
import { LastResult } from '../last-result';
import { openStreamedWeight, openWeight, pieceElementsOf, ReadBuffer, type WeightReader } from '../weight-reader';
import { findWeightScaling, type ScaleGroups, type WeightScaling } from './weight-scaling';
import { transposeTile } from '../integer-kernels';

/** Fills the memory with all bytes of a source, in steps. */
type Computation = (target: Uint8Array) => Iterable<unknown>;

/**
 * Bytes in another order than those that they are computed from, so that no window of them can be computed alone. All
 * of them are computed when they are first read, and kept until their end was read or another such source is.
 */
class TransposedSource implements ByteSource {
  readonly #computation: Computation;
  readonly #totalBytes: number;
  readonly #shared: LastResult<Uint8Array>;
  readonly #start: number;
  readonly #end: number;

  /** @param start first byte of the window on the result; @param end its end. */
  constructor(
    computation: Computation,
    totalBytes: number,
    shared: LastResult<Uint8Array>,
    start = 0,
    end = totalBytes,
  ) {
    this.#computation = computation;
    this.#totalBytes = totalBytes;
    this.#shared = shared;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  async prepare(checkpoint: () => Promise<void>): Promise<void> {
    if (this.#shared.has(this.#computation)) return;
    const bytes = new Uint8Array(this.#totalBytes);
    const steps = this.#computation(bytes)[Symbol.iterator]();
    while (!steps.next().done) await checkpoint();
    this.#shared.set(this.#computation, bytes);
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const to = Math.min(this.#start + end, this.#end);
    const bytes = this.#shared.get(this.#computation, () => this.#compute());
    if (to === this.#totalBytes) this.#shared.clear(this.#computation);
    return bytes.subarray(this.#start + start, to);
  }

  slice(start: number, end: number): ByteSource {
    const to = Math.min(this.#start + end, this.#end);
    return new TransposedSource(this.#computation, this.#totalBytes, this.#shared, this.#start + start, to);
  }

  #compute(): Uint8Array {
    const bytes = new Uint8Array(this.#totalBytes);
    const steps = this.#computation(bytes)[Symbol.iterator]();
    while (!steps.next().done);
    return bytes;
  }
}

/**
 * The integers of a weight in the order of the weight, computed whenever they are read. A quantized model therefore
 * costs no memory of its own: the floats stay in the file, and writing the variant streams them through.
 */
class QuantizedSource implements ByteSource {
  readonly #reader: WeightReader;
  readonly #scaling: WeightScaling;
  readonly #start: number;
  readonly #end: number;

  /** @param start first element of the window on the weight; @param end its end. */
  constructor(reader: WeightReader, scaling: WeightScaling, start = 0, end = reader.elementCount) {
    this.#reader = reader;
    this.#scaling = scaling;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, this.sizeBytes) - start));
    this.readInto(bytes, start);
    return bytes;
  }

  readInto(target: Uint8Array, start = 0): void {
    const from = this.#start + start;
    const to = from + target.length;
    const { alignment } = this.#scaling;
    const pieceElements = pieceElementsOf(alignment);
    for (let at = from; at < to;) {
      // The range has whole rows around the window, which may begin or end inside one.
      const first = at - (at % alignment);
      const last = Math.min(first + pieceElements, Math.ceil(to / alignment) * alignment);
      const values = this.#reader.read(first, last);
      if (first === at && last <= to) {
        this.#scaling.quantize(values, first, target, at - from);
      } else {
        const piece = new Uint8Array(last - first);
        this.#scaling.quantize(values, first, piece, 0);
        target.set(piece.subarray(at - first, to - first), at - from);
      }
      at = last;
    }
  }

  slice(start: number, end: number): ByteSource {
    const to = Math.min(this.#start + end, this.#end);
    return new QuantizedSource(this.#reader, this.#scaling, this.#start + start, to);
  }
}

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

/** `count` matrices of `rows` × `columns`, one after the other. */
interface Matrices {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** Fills `target` with the integers in the order of the weight. Each step gives the elements done by it. */
function* quantizePieces(reader: WeightReader, scaling: WeightScaling, target: Uint8Array): Iterable<number> {
  const pieceElements = pieceElementsOf(scaling.alignment);
  for (let start = 0; start < reader.elementCount; start += pieceElements) {
    const end = Math.min(start + pieceElements, reader.elementCount);
    scaling.quantize(reader.read(start, end), start, target, start);
    yield end - start;
  }
}

/**
 * The same with rows and columns of each matrix exchanged. It serves scales per tensor and per block. A piece may be
 * part of a row if there is only one row.
 */
function* quantizeTransposedPieces(
  reader: WeightReader,
  scaling: WeightScaling,
  { count, rows, columns }: Matrices,
  target: Uint8Array,
): Iterable<number> {
  const tile = new Uint8Array(Math.min(pieceElementsOf(1), rows * columns));
  const tileColumns = Math.min(columns, tile.length);
  const tileRows = Math.floor(tile.length / Math.max(1, tileColumns));
  for (let matrix = 0; matrix < count; matrix++) {
    const matrixStart = matrix * rows * columns;
    for (let row = 0; row < rows; row += tileRows) {
      for (let column = 0; column < columns; column += tileColumns) {
        const width = Math.min(tileColumns, columns - column);
        const elements = width * Math.min(tileRows, rows - row);
        const start = matrixStart + row * columns + column;
        scaling.quantize(reader.read(start, start + elements), start, tile, 0);
        transposeTile(tile.subarray(0, elements), width, target, matrixStart + column * rows + row, rows);
        yield elements;
      }
    }
  }
}
