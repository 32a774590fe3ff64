/** Reads and writes the contents of Constant nodes. */
import { DataType } from './data-type';
import { AttributeType, type Attribute, type Model, type Node, type Tensor, type ValueName } from './graph';
import { createTensor } from './tensor';
import { isDefaultDomain } from './traverse';

/** The tensor of a Constant node, in whatever form it is stored. `undefined` for other nodes and for sparse values. */
export function tensorOfConstant(node: Node): Tensor | undefined {
  if (!isConstant(node)) return undefined;
  return node.attributes.flatMap((each) => (each.sparseTensor ? [] : (constantTensor(each) ?? [])))[0];
}

export function isConstant({ opType, domain }: Node): boolean {
  return opType === 'Constant' && isDefaultDomain(domain);
}

/** Returns the tensors of initializers and Constant nodes of the main graph, by the names under which nodes read them. */
export function constantsOf({ graph }: Pick<Model, 'graph'>): ReadonlyMap<ValueName, Tensor> {
  const constants = new Map((graph?.initializers ?? []).map((tensor) => [tensor.name ?? '', tensor]));
  for (const node of graph?.nodes ?? []) {
    const tensor = tensorOfConstant(node);
    if (tensor) constants.set(node.outputs[0] ?? '', tensor);
  }
  return constants;
}

/** Tensors of numbers and lists. A tensor is known by its object, so an attribute has one. */
const made = new WeakMap<Attribute, Tensor | undefined>();

/**
 * The value of a Constant node's attribute as a tensor, the same object at each call (operator Constant, opset 13 and
 * later has all of these).
 */
export function constantTensor(attribute: Attribute): Tensor | undefined {
  if (attribute.name === 'value') return attribute.t;
  if (attribute.name === 'sparse_value') return attribute.sparseTensor?.values;
  if (!made.has(attribute)) made.set(attribute, tensorOfList(attribute));
  return made.get(attribute);
}

function tensorOfList(attribute: Attribute): Tensor | undefined {
  switch (attribute.name) {
    case 'value_float':
      return attribute.f === undefined ? undefined : floats([attribute.f], []);
    case 'value_floats':
      return attribute.floats && floats(attribute.floats, [attribute.floats.length]);
    case 'value_int':
      return attribute.i === undefined ? undefined : integers([attribute.i], []);
    case 'value_ints':
      return attribute.ints && integers(attribute.ints, [attribute.ints.length]);
    case 'value_string':
      return attribute.s && { dataType: DataType.string, dims: [], stringData: [attribute.s] };
    case 'value_strings': {
      const texts = attribute.strings;
      return texts && { dataType: DataType.string, dims: [BigInt(texts.length)], stringData: texts };
    }
    default:
      return undefined;
  }
}

function floats(values: readonly number[], dims: readonly number[]): Tensor {
  return createTensor({ dataType: DataType.float32, dims, bytes: Float32Array.from(values) });
}

function integers(values: readonly bigint[], dims: readonly number[]): Tensor {
  return createTensor({ dataType: DataType.int64, dims, bytes: BigInt64Array.from(values) });
}

/** A Constant node that gives a tensor under a name: for files in which an initializer would have to be an input. */
export function constantNode(name: ValueName, tensor: Tensor): Node {
  return { opType: 'Constant', inputs: [], outputs: [name], attributes: [valueAttribute(tensor)] };
}

/** The attribute of a Constant node that holds a tensor. */
export function valueAttribute(tensor: Tensor): Attribute {
  return { name: 'value', type: AttributeType.tensor, t: { ...tensor, name: undefined } };
}
