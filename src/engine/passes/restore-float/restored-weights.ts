/** Float32 tensors of quantized weights: element by element scale × (integer − zero point). */
import { ComputedSource } from '../../onnx/byte-source';
import { bytesOf } from '../../onnx/byte-views';
import { DataType } from '../../onnx/data-type';
import type { Tensor, ValueName } from '../../onnx/graph';
import { createTensor, readFloat32, tensorBytes } from '../../onnx/tensor';
import type { WorkMeter } from '../work-meter';
import { codeReader, dequantized, holdsCodes, packedCode, readCodes } from './integer-codes';
import { productOf } from '../../product-of';

/** Float32 numbers that are computed in pieces. */
export interface RestoredNumbers {
  readonly dims: readonly number[];
  /** Elements `from` to before `to`, row-major. */
  between(from: number, to: number): Float32Array;
}

/** Scales with equally many zero points, and the index of the pair of an element. */
interface Parameters {
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
  indexOf(element: number): number;
}

/** The scaling of a DequantizeLinear, or of an operator whose weight has one scale per channel. */
export interface LinearScaling {
  readonly scale: Tensor;
  readonly zeroPoint?: Tensor;
  /** The axis of several scales. */
  readonly axis: number;
  /** Elements of the axis that share a scale; 0: one. */
  readonly blockSize?: number;
}

const pieceElements = 2 ** 18;
/** The most bytes of floats of one model that are kept in memory. More are computed when they are read. */
const usualBytesToKeep = 256 * 2 ** 20;

export class RestoredTensors {
  readonly #meter: WorkMeter;
  readonly #bytesToKeep: number;
  #keptBytes = 0;

  constructor(meter: WorkMeter, bytesToKeep = usualBytesToKeep) {
    this.#meter = meter;
    this.#bytesToKeep = bytesToKeep;
  }

  async create(name: ValueName, { dims, between }: RestoredNumbers): Promise<Tensor> {
    const count = productOf(dims);
    const sizeBytes = 4 * count;
    if (this.#keptBytes + sizeBytes > this.#bytesToKeep) {
      return { name, dataType: DataType.float32, dims: dims.map(BigInt), rawData: float32Source(between, count) };
    }
    this.#keptBytes += sizeBytes;
    const values = new Float32Array(count);
    for (let from = 0; from < count; from += pieceElements) {
      const to = Math.min(from + pieceElements, count);
      values.set(between(from, to), from);
      await this.#meter.advance(to - from);
    }
    return createTensor({ name, dataType: DataType.float32, dims, bytes: values });
  }
}

/** The bytes of `count` float32 numbers, computed whenever they are read. */
export function float32Source(between: RestoredNumbers['between'], count: number): ComputedSource {
  const bytesBetween = (start: number, end: number): Uint8Array => {
    const first = Math.floor(start / 4);
    return bytesOf(between(first, Math.ceil(end / 4))).subarray(start - 4 * first, end - 4 * first);
  };
  return new ComputedSource(bytesBetween, 0, 4 * count);
}

/** The numbers of a tensor of integers, in its own order; or a sentence with the reason that they are unknown. */
export function linearNumbers(codes: Tensor, scaling: LinearScaling): RestoredNumbers | string {
  const dims = codes.dims.map(Number);
  const parameters = linearParameters(dims, scaling);
  if (typeof parameters === 'string') return parameters;
  const { scales, zeroPoints, indexOf } = parameters;
  const read = codeReader(codes);
  return {
    dims,
    // Plain loops are used, because callbacks for each element take several times as long.
    between(from, to) {
      const integers = read(from, to);
      const values = new Float32Array(integers.length);
      if (scales.length === 1) {
        const [scale, zero] = [scales[0]!, zeroPoints[0]!];
        for (let at = 0; at < values.length; at += 1) values[at] = dequantized(integers[at]!, zero, scale);
        return values;
      }
      for (let at = 0; at < values.length; at += 1) {
        const index = indexOf(from + at);
        values[at] = dequantized(integers[at]!, zeroPoints[index]!, scales[index]!);
      }
      return values;
    },
  };
}

/** The parameters of a tensor of these sizes; or a sentence with the reason that they do not fit it. */
export function linearParameters(dims: readonly number[], scaling: LinearScaling): Parameters | string {
  const { scale, zeroPoint, blockSize = 0 } = scaling;
  const ownZeros = zeroPoint ? zeroPointsOf(zeroPoint) : new Int32Array(1);
  if (typeof ownZeros === 'string') return ownZeros;
  const ownScales = readFloat32(scale);
  const count = Math.max(ownScales.length, ownZeros.length);
  if ([ownScales.length, ownZeros.length].some((length) => length !== 1 && length !== count)) {
    return 'It has more zero points than scales, or fewer.';
  }
  // One of either belongs to all channels.
  const scales = ownScales.length === count ? ownScales : new Float32Array(count).fill(ownScales[0]!);
  const zeroPoints = ownZeros.length === count ? ownZeros : new Int32Array(count).fill(ownZeros[0]!);
  if (count === 1) return { scales, zeroPoints, indexOf: () => 0 };
  const axis = scaling.axis < 0 ? scaling.axis + dims.length : scaling.axis;
  const size = dims[axis] ?? 0;
  const stride = productOf(dims.slice(axis + 1));
  if (blockSize === 0) {
    if (size !== count) return 'Its scales do not fit the axis that they belong to.';
    return { scales, zeroPoints, indexOf: (element: number) => Math.floor(element / stride) % size };
  }
  const blocks = Math.ceil(size / blockSize);
  const expected = dims.reduce((product, dim, at) => product * (at === axis ? blocks : dim), 1);
  if (expected !== count) return 'Its scales do not fit its blocks.';
  return {
    scales,
    zeroPoints,
    indexOf(element: number) {
      const inner = element % stride;
      const along = Math.floor(element / stride) % size;
      const outer = Math.floor(element / (stride * size));
      return (outer * blocks + Math.floor(along / blockSize)) * stride + inner;
    },
  };
}

function zeroPointsOf(tensor: Tensor): Int32Array | string {
  if (!holdsCodes(tensor)) return 'Its zero point is not an integer.';
  return readCodes(tensor);
}

/** [directions, inputs, rows] of a DynamicQuantizeLSTM as [directions, rows, inputs], which LSTM reads. */
export function recurrentNumbers(codes: Tensor, scale: Tensor, zeroPoint?: Tensor): RestoredNumbers | string {
  const [directions = 0, inputs = 0, rows = 0] = codes.dims.map(Number);
  const scales = readFloat32(scale);
  const zeroPoints = zeroPoint && zeroPointsOf(zeroPoint);
  if (typeof zeroPoints === 'string') return zeroPoints;
  const isPerRow = scales.length === directions * rows && scales.length !== directions;
  if (!isPerRow && scales.length !== directions && scales.length !== 1) return 'Its scales do not fit its rows.';
  let integers: Int32Array | undefined;
  return {
    dims: [directions, rows, inputs],
    between(from, to) {
      const values = new Float32Array(to - from);
      integers ??= readCodes(codes);
      for (let element = from; element < to; element += 1) {
        const input = element % inputs;
        const row = Math.floor(element / inputs) % rows;
        const direction = Math.floor(element / (inputs * rows));
        const index = isPerRow ? direction * rows + row : scales.length === 1 ? 0 : direction;
        const code = integers[(direction * inputs + input) * rows + row]!;
        const zero = zeroPoints === undefined ? 0 : zeroPoints[Math.min(index, zeroPoints.length - 1)]!;
        values[element - from] = dequantized(code, zero, scales[index]!);
      }
      return values;
    },
  };
}

/** The weight of a MatMulNBits, or the table of a GatherBlockQuantized. */
export interface PackedScaling {
  readonly bits: number;
  readonly blockSize: number;
  readonly scale: Tensor;
  /** The zero points: packed like the codes, or floats. The middle of the codes if absent. */
  readonly zeroPoint?: Tensor;
}

/** Packed rows of codes, each cut into blocks, as numbers by row and column. */
function packedRows(
  codes: Tensor,
  { bits, blockSize, scale, zeroPoint }: PackedScaling,
  { columns, bitsPerRow }: { readonly columns: number; readonly bitsPerRow: number },
): (row: number, column: number) => number {
  const bytes = tensorBytes(codes);
  const scales = readFloat32(scale);
  const blocks = Math.ceil(columns / blockSize);
  const isFloat = zeroPoint !== undefined && !holdsCodes(zeroPoint);
  const floats = isFloat ? readFloat32(zeroPoint) : undefined;
  const packed = zeroPoint && !isFloat ? tensorBytes(zeroPoint) : undefined;
  const zerosPerRow = Math.ceil((blocks * bits) / 8) * (8 / bits);
  const middle = 2 ** (bits - 1);
  return (row, column) => {
    const block = Math.floor(column / blockSize);
    const index = row * blocks + block;
    const zero = floats?.[index] ?? (packed ? packedCode(packed, row * zerosPerRow + block, bits) : middle);
    return dequantized(packedCode(bytes, (row * bitsPerRow) / bits + column, bits), zero, scales[index]!);
  };
}

/** The [inputs, outputs] that a MatMul reads, of codes [outputs, blocks, bytes of a block]. */
export function productNumbers(
  codes: Tensor,
  scaling: PackedScaling,
  [inputs, outputs]: readonly [number, number],
): RestoredNumbers {
  const { blockSize, bits } = scaling;
  const bitsPerRow = Math.ceil(inputs / blockSize) * blockSize * bits;
  let numberAt: ReturnType<typeof packedRows> | undefined;
  return {
    dims: [inputs, outputs],
    between(from, to) {
      numberAt ??= packedRows(codes, scaling, { columns: inputs, bitsPerRow });
      const values = new Float32Array(to - from);
      for (let element = from; element < to; element += 1) {
        values[element - from] = numberAt(element % outputs, Math.floor(element / outputs));
      }
      return values;
    },
  };
}

/** A table [rows, …, columns] of bytes, quantized in blocks of its last axis. */
export function tableNumbers(codes: Tensor, scaling: PackedScaling): RestoredNumbers {
  const stored = codes.dims.map(Number);
  const columns = (stored.at(-1) ?? 0) * (8 / scaling.bits);
  let numberAt: ReturnType<typeof packedRows> | undefined;
  return {
    dims: [...stored.slice(0, -1), columns],
    between(from, to) {
      numberAt ??= packedRows(codes, scaling, { columns, bitsPerRow: columns * scaling.bits });
      const values = new Float32Array(to - from);
      for (let element = from; element < to; element += 1) {
        values[element - from] = numberAt(Math.floor(element / columns), element % columns);
      }
      return values;
    },
  };
}
