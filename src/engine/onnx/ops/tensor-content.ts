import { asFloat64 } from '../byte-views';
import { DataType } from '../data-type';
import type { Tensor } from '../graph';
import { elementCount, isExternal, readFloat32, readIntegers, storedSource, tensorBytes } from '../tensor';
import { mostContent, type SymbolicShape } from './operator';

const integers = new Set<number>([
  DataType.int64,
  DataType.int32,
  DataType.int16,
  DataType.int8,
  DataType.uint8,
  DataType.uint16,
  DataType.uint32,
  DataType.uint64,
  DataType.bool,
]);
const floats = new Set<number>([DataType.float32, DataType.float64, DataType.float16]);

/** Shapes, axes and scales are short; nothing longer is read from a file to infer shapes. */
const mostFloats = 64;

/** The elements of a small tensor as numbers, or `undefined` for long ones, other types and data that is not at hand. */
export function tensorContent(tensor: Tensor): SymbolicShape | undefined {
  const type = tensor.dataType ?? DataType.undefined;
  const count = elementCount(tensor);
  if (isExternal(tensor) && tensor.externalSource === undefined) return undefined;
  if (integers.has(type) && count <= mostContent)
    return hasData(tensor, count) ? readIntegers(tensor).map(exactNumber) : undefined;
  if (floats.has(type) && count <= mostFloats) return hasData(tensor, count) ? readFloats(tensor) : undefined;
  return undefined;
}

function readFloats(tensor: Tensor): number[] {
  if (tensor.dataType !== DataType.float64) return Array.from(readFloat32(tensor));
  return Array.from(asFloat64(tensorBytes(tensor)));
}

/** An integer of more than 53 bits stands as ±∞: two of them may look alike as numbers, and are beyond every size. */
function exactNumber(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : number < 0 ? -Infinity : Infinity;
}

/** A damaged tensor is the business of the model's check, not of inference. */
function hasData(tensor: Tensor, count: number): boolean {
  return count === 0 || storedSource(tensor) !== undefined || typedLength(tensor) > 0;
}

function typedLength({ int32Data, int64Data, uint64Data, floatData, doubleData }: Tensor): number {
  return [int32Data, int64Data, uint64Data, floatData, doubleData].reduce((sum, data) => sum + (data?.length ?? 0), 0);
}
