/**
 * Ranges and roundings of columns that lie side by side, by `kernels/columns.ts`. The numbers are those of the plain loops in
 * round-columns.ts, to the bit.
 */
import { growTo, kernelOnce } from '../../../wasm-kernel';

/** Widths must be a multiple of this. */
export const tileColumns = 16;

interface ColumnKernel {
  readonly memory: WebAssembly.Memory;
  /** Widens the ranges at `grids` to hold rows of `rowBytes`, `bytes` of them in all. Addresses are in bytes. */
  widen(values: number, grids: number, rowBytes: number, bytes: number): void;
  /** Writes two codes to a byte, with the bits of `turned` turned. */
  roundNibbles(values: number, grids: number, rowBytes: number, bytes: number, target: number, turned: number): void;
  roundBytes: ColumnKernel['roundNibbles'];
}

/** Nothing is left in its memory between calls. */
const columnKernel = kernelOnce<ColumnKernel>();

/** The order of the data of columns in memory, before the values. */
const [lows, highs, inverses, zeros, parts] = [0, 1, 2, 3, 4];

/** @param values whole rows, finite. @param low one for each column, at most 0. @param high at least 0. */
export function widenColumns(values: Float32Array, low: Float32Array, high: Float32Array): void {
  const width = low.length;
  const { memory, widen } = columnKernel();
  growTo(memory, parts * width * 4 + values.byteLength);
  const floats = new Float32Array(memory.buffer);
  floats.set(low, lows * width);
  floats.set(high, highs * width);
  floats.set(values, parts * width);
  widen(parts * width * 4, 0, width * 4, values.byteLength);
  low.set(floats.subarray(lows * width, (lows + 1) * width));
  high.set(floats.subarray(highs * width, (highs + 1) * width));
}

export interface ColumnRounding {
  readonly bits: 4 | 8;
  /** 1 ÷ scale in float32, finite, one for each column. */
  readonly inverses: ArrayLike<number>;
  readonly zeroPoints: ArrayLike<number>;
  /** Bits of a byte that are turned at the end. */
  readonly turned: number;
}

/** Every value to the nearest code, ties away from zero, packed. @param values whole rows, finite. */
export function roundColumnsInto(
  target: Uint8Array,
  start: number,
  values: Float32Array,
  { bits, turned, ...grids }: ColumnRounding,
): void {
  const width = grids.inverses.length;
  const kernelOf = columnKernel();
  const { memory } = kernelOf;
  const codesStart = parts * width * 4 + values.byteLength;
  const codesBytes = (values.length * bits) / 8;
  growTo(memory, codesStart + codesBytes);
  const floats = new Float32Array(memory.buffer);
  floats.set(grids.inverses, inverses * width);
  floats.set(grids.zeroPoints, zeros * width);
  floats.set(values, parts * width);
  const round = bits === 4 ? kernelOf.roundNibbles : kernelOf.roundBytes;
  round(parts * width * 4, 0, width * 4, values.byteLength, codesStart, turned);
  target.set(new Uint8Array(memory.buffer, codesStart, codesBytes), start);
}
