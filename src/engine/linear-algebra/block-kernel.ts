/**
 * Dot products of three rows with many, nine at once, by `kernels/dot-products.ts`: two float64 lanes at a time or four of float32. Every host
 * of ONNX Runtime Web has vector instructions, so that results are the same everywhere.
 */
import { growTo, kernelOnce } from '../wasm-kernel';

/** Rows and columns of a block. */
export const blockSide = 3;

export interface BlockKernel {
  readonly memory: WebAssembly.Memory;
  /**
   * Computes the dot products of three rows at `a`, `a + stride`, `a + 2 × stride` with the rows from `b` to `end`. A
   * row has `bytes` bytes, a multiple of 32. Results are float64: for the first row of `a` at `results`, for the second
   * at `results + width`, for the third at `results + 2 × width`. Rows of `b` are read in threes. Only the first of the
   * last three must begin before `end`.
   */
  multiply(a: number, b: number, end: number, stride: number, bytes: number, results: number, width: number): void;
}

interface DotProducts {
  readonly memory: WebAssembly.Memory;
  readonly multiplyFloat64: BlockKernel['multiply'];
  readonly multiplyFloat32: BlockKernel['multiply'];
}

const float64Kernel = kernelOnce<DotProducts>();
const float32Kernel = kernelOnce<DotProducts>();

/** The kernel for float64 numbers. Its memory belongs to its user until the next checkpoint. */
export function blockKernel(): BlockKernel {
  const { memory, multiplyFloat64 } = float64Kernel();
  return { memory, multiply: multiplyFloat64 };
}

/**
 * The kernel for float32 numbers, whose products are added up in float32 along the lanes. Its memory is that of
 * `CovarianceSums`.
 */
export function floatBlockKernel(): BlockKernel {
  const { memory, multiplyFloat32 } = float32Kernel();
  return { memory, multiply: multiplyFloat32 };
}

/** Grows the memory to at least so many bytes; its contents are kept. */
export function reserve({ memory }: BlockKernel, bytes: number): void {
  growTo(memory, bytes);
}
