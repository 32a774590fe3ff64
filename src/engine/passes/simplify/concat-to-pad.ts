/**
 * A Concat with many equal elements becomes a Pad. The Pad needs neither an initializer of that size nor a
 * ConstantOfShape at every run. It is done for float32 only, the only type that all runtimes pad.
 */
import { DataType } from '../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../onnx/graph';
import { axisFromFront } from '../../onnx/ops/operator';
import { createTensor, elementCount, readFloat32 } from '../../onnx/tensor';
import { floatAttribute, intsAttribute } from '../../onnx/attributes';
import { getAttribute, getAttributeInt, isDefaultDomain } from '../../onnx/traverse';
import { addIntegers, integerConstant } from './integer-constant';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';
import { productOf } from '../../product-of';

/** The version from which the pads of a Pad are an input; in the first version they had another name. */
const opsetOfPadInputs = 11;
const opsetOfPads = 2;

/** A tensor of one number. */
interface Filling {
  readonly value: number;
  readonly dims: readonly number[];
}

const replaceIn =
  (largestBytes: number): NodeRule =>
  (graph, node) => {
    if (node.opType !== 'Concat' || !isDefaultDomain(node.domain) || node.inputs.length !== 2) return undefined;
    if (graph.opset < opsetOfPads || graph.value(node.outputs[0] ?? '').elementType !== DataType.float32)
      return undefined;
    const side = node.inputs.findIndex((name) => fillingOf(graph, name, largestBytes) !== undefined);
    if (side < 0) return undefined;
    const filling = fillingOf(graph, node.inputs[side]!, largestBytes)!;
    const axis = axisFromFront(getAttributeInt(node, 'axis') ?? 1, filling.dims.length);
    if (axis === undefined) return undefined;
    const rank = filling.dims.length;
    const pads = Array.from({ length: 2 * rank }, (_, at) => (at === side * rank + axis ? filling.dims[axis]! : 0));
    graph.replace(node, [padNode(graph, node, node.inputs[1 - side]!, { pads, value: filling.value })]);
    return { change: `Pads with ${filling.value} instead` };
  };

function padNode(
  graph: RewriteGraph,
  node: Node,
  source: ValueName,
  { pads, value }: { readonly pads: readonly number[]; readonly value: number },
): Node {
  if (graph.opset < opsetOfPadInputs) {
    const attributes = [intsAttribute('pads', pads), floatAttribute('value', value)];
    return { ...node, opType: 'Pad', inputs: [source], attributes };
  }
  const name = node.outputs[0]!;
  const tensor = createTensor({ dataType: DataType.float32, dims: [], bytes: Float32Array.of(value) });
  const inputs = [source, addIntegers(graph, `${name}_pads`, pads), graph.addConstant(`${name}_value`, tensor)];
  return { ...node, opType: 'Pad', inputs, attributes: [] };
}

function fillingOf(graph: RewriteGraph, name: ValueName, largestBytes: number): Filling | undefined {
  const tensor = graph.constant(name);
  const filling = tensor === undefined ? madeFilling(graph, graph.producer(name)) : storedFilling(tensor);
  const count = filling === undefined ? 0 : productOf(filling.dims);
  return count * Float32Array.BYTES_PER_ELEMENT > largestBytes ? filling : undefined;
}

function madeFilling(graph: RewriteGraph, node: Node | undefined): Filling | undefined {
  if (node?.opType !== 'ConstantOfShape' || !isDefaultDomain(node.domain)) return undefined;
  const dims = integerConstant(graph, node.inputs[0]);
  const stated = getAttribute(node, 'value')?.t;
  if (dims === undefined || (stated !== undefined && stated.dataType !== DataType.float32)) return undefined;
  return { dims, value: stated === undefined ? 0 : readFloat32(stated)[0]! };
}

function storedFilling(tensor: Tensor): Filling | undefined {
  if (tensor.dataType !== DataType.float32 || elementCount(tensor) === 0) return undefined;
  const elements = readFloat32(tensor);
  const value = elements[0]!;
  return elements.every((element) => Object.is(element, value)) ? { dims: tensor.dims.map(Number), value } : undefined;
}

export const concatToPad: Simplification = {
  id: 'concat-to-pad',
  summary: 'Replaces concatenation of a large constant tensor by padding.',
  apply: (model, context) => rewriteModel(model, context, replaceIn(context.largestFoldedBytes)),
};
