/** Nodes that passes add. */
import { DataType, type DataTypeCode } from './data-type';
import { AttributeType, type Attribute, type Node, type ValueName } from './graph';
import { MICROSOFT_DOMAIN } from './traverse';

/** A node of the default domain. An empty name gives a node without one; attributes are integers. */
export function createNode(
  opType: string,
  name: string,
  inputs: readonly ValueName[],
  outputs: readonly ValueName[],
  attributes: Readonly<Record<string, bigint>> = {},
): Node {
  const list = Object.entries(attributes).map(([key, i]): Attribute => ({ name: key, type: AttributeType.int, i }));
  return { opType, ...(name && { name }), inputs, outputs, attributes: list };
}

/** A node of ONNX Runtime's own domain with the attributes of the node that it replaces. */
export function createMicrosoftNode(
  opType: string,
  name: string,
  inputs: readonly ValueName[],
  outputs: readonly ValueName[],
  attributes: readonly Attribute[],
): Node {
  return { opType, domain: MICROSOFT_DOMAIN, ...(name && { name }), inputs, outputs, attributes };
}

/** A Cast, to float32 if nothing else is said. */
export function castNode(name: string, input: ValueName, output: ValueName, to: DataTypeCode = DataType.float32): Node {
  return createNode('Cast', name, [input], [output], { to: BigInt(to) });
}
