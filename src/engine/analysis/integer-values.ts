/** Inputs and outputs that are integers and represent floats: their description in the metadata, and the arithmetic. */
import type { FeedTensor } from '../data/feeds';
import type { StringEntry, ValueName } from '../onnx/graph';
import { roundHalfEven } from '../round-half-even';

/** float = scale × (integer − zeroPoint). */
export interface IntegerValue {
  readonly type: IntegerValueType;
  readonly scale: number;
  readonly zeroPoint: number;
}

const ranges = {
  int8: { lowest: -128, highest: 127, array: Int8Array },
  uint8: { lowest: 0, highest: 255, array: Uint8Array },
  int16: { lowest: -32768, highest: 32767, array: Int16Array },
  uint16: { lowest: 0, highest: 65535, array: Uint16Array },
} as const;

export type IntegerValueType = keyof typeof ranges;

export function isIntegerValueType(type: string): type is IntegerValueType {
  return Object.hasOwn(ranges, type);
}

/** Start of the key under which metadata states it, followed by the name of the input or output. */
const keyStart = 'pareto.quantization.';

export function integerValueEntry(name: ValueName, { type, scale, zeroPoint }: IntegerValue): StringEntry {
  return { key: keyStart + name, value: JSON.stringify({ type, scale, zero_point: zeroPoint }) };
}

/**
 * Reads the stated values from metadata, by the names of inputs and outputs. Entries that cannot be read are left out, and those of another
 * type than the value has, because an edit of the model may have left its metadata unchanged.
 */
export function integerValuesOf(
  metadata: readonly StringEntry[],
  values: readonly { readonly name: ValueName; readonly dtype: string }[],
): ReadonlyMap<ValueName, IntegerValue> {
  const types = new Map(values.map(({ name, dtype }) => [name, dtype]));
  const found = new Map<ValueName, IntegerValue>();
  for (const { key = '', value = '' } of metadata) {
    const stated = key.startsWith(keyStart) ? parseStated(value) : undefined;
    const name = key.slice(keyStart.length);
    if (stated && types.get(name) === stated.type) found.set(name, stated);
  }
  return found;
}

function parseStated(text: string): IntegerValue | undefined {
  try {
    const { type, scale, zero_point: zeroPoint } = JSON.parse(text) as Record<string, unknown>;
    const isKnown = typeof type === 'string' && isIntegerValueType(type);
    if (!isKnown || typeof scale !== 'number' || typeof zeroPoint !== 'number' || !(scale > 0)) return undefined;
    return { type, scale, zeroPoint };
  } catch {
    return undefined;
  }
}

/** Quantizes float32 numbers like QuantizeLinear: the quotient in float32, ties to even, clipped to the type. */
export function toIntegers({ dims, data }: FeedTensor, { type, scale, zeroPoint }: IntegerValue): FeedTensor {
  const { lowest, highest, array } = ranges[type];
  const floats = data as Float32Array;
  const integers = new array(floats.length);
  for (let at = 0; at < floats.length; at += 1) {
    const integer = roundHalfEven(Math.fround(floats[at]! / scale)) + zeroPoint;
    integers[at] = Math.min(highest, Math.max(lowest, integer));
  }
  return { dtype: type, dims, data: integers };
}

/** Converts integers to float32 like DequantizeLinear. */
export function toFloats({ dims, data }: FeedTensor, { scale, zeroPoint }: IntegerValue): FeedTensor {
  const floats = Float32Array.from(data as Uint8Array, (integer) => (integer - zeroPoint) * scale);
  return { dtype: 'float32', dims, data: floats };
}
