/** Finds the stored number that means zero in a quantized weight, from the node that reads it. */
import type { ConstantLookup } from '../constant-lookup';
import type { Tensor } from '../graph';
import { holdsIntegers, readIntegers } from '../tensor';
import { getAttributeInt, type NodeVisit } from '../traverse';
import type { WeightOperand } from './operator-record';
import { productOf } from '../../product-of';

/** The reader of the quantized weight: an operator on integers, or DequantizeLinear. */
export type QuantizedUse =
  | { readonly kind: 'operand'; readonly visit: NodeVisit; readonly operand: WeightOperand }
  | { readonly kind: 'dequantize'; readonly visit: NodeVisit };

export interface ZeroPoints {
  /** One entry, or one per channel. */
  readonly zeroPoints: Int32Array;
  /** Elements from one channel to the next: element `i` is of channel `floor(i / stride) mod channels`. */
  readonly stride: number;
}

/**
 * The zero points of a quantized weight, 0 if the node is given none; or a sentence that says why they are not known.
 * Several that belong to blocks, or to more axes than one, are not. Scales are not asked for.
 */
export function zeroPointsOf(tensor: Tensor, use: QuantizedUse, constant: ConstantLookup): ZeroPoints | string {
  const input = use.kind === 'dequantize' ? 2 : use.operand.zeroPointInput;
  const name = input === undefined ? undefined : use.visit.node.inputs[input];
  const stored = constant(name, use.visit);
  if (name && !stored) return 'Its zero point is computed at run time.';
  if (stored && !holdsIntegers(stored)) return 'Its zero point is not an integer.';
  const zeroPoints = Int32Array.from(stored ? readIntegers(stored) : [0], Number);
  const stride = channelStride(tensor, use, zeroPoints.length);
  if (stride === undefined) return 'Its zero points belong to blocks, or to several axes.';
  return { zeroPoints, stride };
}

/**
 * Returns the number of elements from one channel to the next along the axis of the scales or zero points. `undefined`
 * if they belong to no axis, like those of blocks.
 */
export function channelStride(tensor: Tensor, use: QuantizedUse, channels: number): number | undefined {
  if (channels === 1) return 1;
  const dims = tensor.dims.map(Number);
  const axis = channelAxis(dims, use, channels);
  if (axis === undefined || dims[axis] !== channels || isInBlocks(use)) return undefined;
  return productOf(dims.slice(axis + 1));
}

function isInBlocks({ kind, visit }: QuantizedUse): boolean {
  return kind === 'dequantize' && (getAttributeInt(visit.node, 'block_size') ?? 0) > 0;
}

function channelAxis(dims: readonly number[], use: QuantizedUse, channels: number): number | undefined {
  if (use.kind === 'dequantize') {
    const axis = getAttributeInt(use.visit.node, 'axis') ?? 1;
    return axis < 0 ? dims.length + axis : axis;
  }
  return use.operand.channelAxis === undefined ? dims.length - 1 : use.operand.channelAxis(dims, channels);
}
