/** Attributes for nodes that passes make. */
import { AttributeType, type Attribute } from './graph';

export function intAttribute(name: string, value: number): Attribute {
  return { name, type: AttributeType.int, i: BigInt(value) };
}

export function intsAttribute(name: string, values: readonly number[]): Attribute {
  return { name, type: AttributeType.ints, ints: values.map(BigInt) };
}

export function floatAttribute(name: string, value: number): Attribute {
  return { name, type: AttributeType.float, f: Math.fround(value) };
}

export function floatsAttribute(name: string, values: readonly number[]): Attribute {
  return { name, type: AttributeType.floats, floats: values.map(Math.fround) };
}

export function stringAttribute(name: string, value: string): Attribute {
  return { name, type: AttributeType.string, s: new TextEncoder().encode(value) };
}
