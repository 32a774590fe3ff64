/** Reads and writes the contents of Constant nodes. */
import { DataType } from './data-type';
import { AttributeType, type Attribute, type Model, type Node, type Tensor, type ValueName } from './graph';
import { createTensor } from './tensor';
import { getAttribute, isDefaultDomain } from './traverse';

/** The tensor in the attribute `value` of a Constant node: the form that holds weights. `undefined` for other nodes and forms. */
export function tensorOfConstant(node: Node): Tensor | undefined {
  return node.opType === 'Constant' && isDefaultDomain(node.domain) ? getAttribute(node, 'value')?.t : undefined;
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

/** The value of a Constant node's attribute as a tensor (operator Constant, opset 13 and later has all of these). */
export function constantTensor(attribute: Attribute): Tensor | undefined {
  switch (attribute.name) {
    case 'value':
      return attribute.t;
    case 'sparse_value':
      return attribute.sparseTensor?.values;
    case 'value_float':
      return attribute.f === undefined ? undefined : floats([attribute.f], []);
    case 'value_floats':
      return attribute.floats && floats(attribute.floats, [attribute.floats.length]);
    case 'value_int':
      return attribute.i === undefined ? undefined : integers([attribute.i], []);
    case 'value_ints':
      return attribute.ints && integers(attribute.ints, [attribute.ints.length]);
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
  const value = { name: 'value', type: AttributeType.tensor, t: { ...tensor, name: undefined } };
  return { opType: 'Constant', inputs: [], outputs: [name], attributes: [value] };
}
