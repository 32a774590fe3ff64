import type { FeedTensor } from './feeds';
import { float16ToFloat32 } from '../onnx/half-float';

export type Numbers =
  Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** The types of tensors that hold fractions. */
export const floatTypes: ReadonlySet<string> = new Set(['float16', 'float32', 'float64']);

/** The values of a tensor as numbers, or `undefined` for strings and types that have none. int64 beyond 2⁵³ is rounded. */
export function tensorNumbers({ dtype, data }: FeedTensor): Numbers | undefined {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return numbersOfInt64(data);
  if (dtype === 'float16' && data instanceof Uint16Array) return float16ToFloat32(data);
  return Array.isArray(data) ? undefined : (data as Numbers);
}

/** Reads the two 32-bit halves (every host of WebAssembly is little-endian), because a bigint per element would be slow. */
function numbersOfInt64(data: BigInt64Array | BigUint64Array): Float64Array {
  const low = new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
  const high = data instanceof BigInt64Array ? new Int32Array(data.buffer, data.byteOffset, data.length * 2) : low;
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = high[2 * i + 1]! * 4294967296 + low[2 * i]!;
  return numbers;
}
