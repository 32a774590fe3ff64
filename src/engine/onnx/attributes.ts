/** Attributes for nodes that passes make. */
import { AttributeType, type Attribute } from './graph';

/** Converts a number to int64. INT64_MAX, "to the end" in many a Slice, is read as 2⁶³, and becomes INT64_MAX again. */
export function toInt64(value: number): bigint {
  return value >= 2 ** 63 ? 2n ** 63n - 1n : value < -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
}

/** An attribute of type INT, for a whole number. */
export function intAttribute(name: string, value: number): Attribute {
  return { name, type: AttributeType.int, i: toInt64(value) };
}

export function intsAttribute(name: string, values: readonly number[]): Attribute {
  return { name, type: AttributeType.ints, ints: values.map(toInt64) };
}

/** An attribute of type FLOAT; the number is rounded to float32. */
export function floatAttribute(name: string, value: number): Attribute {
  return { name, type: AttributeType.float, f: Math.fround(value) };
}

export function floatsAttribute(name: string, values: readonly number[]): Attribute {
  return { name, type: AttributeType.floats, floats: values.map(Math.fround) };
}

export function stringAttribute(name: string, value: string): Attribute {
  return { name, type: AttributeType.string, s: new TextEncoder().encode(value) };
}
