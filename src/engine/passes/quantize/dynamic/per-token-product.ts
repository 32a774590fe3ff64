/**
 * The product of an activation that is quantized per token with an integer weight, in standard operators.
 *
 * Each row of the activation, a token, has its own scale and offset. One token with large values then does not take the
 * digits of all others. The scale is asymmetric, because outputs of GELU and Softmax are one-sided. The offsets are
 * multiplied with the sums of a weight's columns, which are constants. It removes nine tenths of the loss of one scale
 * for the whole tensor.
 */
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import { AttributeType, type Node, type ValueName } from '../../../onnx/graph';
import { castNode, createNode } from '../../../onnx/create-node';
import type { GraphEditor } from '../../../onnx/edit';

/** The graph that the nodes go to. */
export interface PerTokenScope {
  readonly editor: GraphEditor;
  readonly opsetVersion: number;
  producerOf(name: ValueName): Node | undefined;
  /** Names of initializers that hold a float32, a list of int64, and the uint8 0. */
  scalar(value: number): ValueName;
  integers(values: readonly bigint[]): ValueName;
  zero(): ValueName;
}

/** An activation x ≈ range/255 · values + least, with a range and a least one for each row of the last axis. */
export interface PerTokenValue {
  /** uint8, of the shape of the activation. */
  readonly values: ValueName;
  /** float32, whose last axis is 1: from what the integer 0 stands for to what 255 does. */
  readonly range: ValueName;
  /** The value that the integer 0 stands for: float32, of the shape of the range. 0 if absent. */
  readonly least?: ValueName;
}

export interface PerTokenProduct {
  readonly nodeName: string;
  readonly input: PerTokenValue;
  readonly weight: PerTokenWeight;
  readonly output: ValueName;
  readonly isFloat16: boolean;
}

/** Names of the tensors that represent a matrix [K, N]. */
export interface PerTokenWeight {
  /** The integers. */
  readonly values: ValueName;
  /** The zero point of an unsigned type. int8 is around 0, and a list of zeros would make the product slower. */
  readonly zeroPoint?: ValueName;
  /** A 255th of the scale, of which there are one or N. */
  readonly step: ValueName;
  readonly hasOneScale: boolean;
  /** N sums in units of the floats. */
  readonly columnSums: ValueName;
}

/** A row of equal values has no range to divide by. */
const smallestRange = 1e-12;

/** The largest integer of an activation. */
export const mostSteps = 255;

/**
 * Creates the nodes that quantize `name`, and returns their outputs. All arithmetic is in float32; values are named,
 * nodes are not. The number of nodes is minimal, because in small models each node costs as much time as a product
 * saves.
 */
export function perTokenNodes(
  scope: PerTokenScope,
  name: ValueName,
  type: DataTypeCode,
): { nodes: Node[]; value: PerTokenValue } {
  const { editor } = scope;
  const nodes: Node[] = [];
  const add = (opType: string, suffix: string, inputs: readonly ValueName[]): ValueName => {
    const output = editor.freshValueName(`${name}_token_${suffix}`);
    nodes.push(createNode(opType, '', inputs, [output]));
    return output;
  };
  const reduce = (opType: string, suffix: string, input: ValueName): ValueName => {
    // Operator set 18 turned the attribute into an input.
    if (scope.opsetVersion >= 18) return add(opType, suffix, [input, scope.integers([-1n])]);
    const output = add(opType, suffix, [input]);
    const axes = { name: 'axes', type: AttributeType.ints, ints: [-1n] };
    nodes.push({ ...nodes.pop()!, attributes: [axes] });
    return output;
  };
  let x = name;
  if (type === DataType.float16) {
    x = editor.freshValueName(`${name}_token_float32`);
    nodes.push(castNode('', name, x, DataType.float32));
  }
  // Relu outputs already start at zero.
  const least = scope.producerOf(name)?.opType === 'Relu' ? undefined : reduce('ReduceMin', 'least', x);
  const most = reduce('ReduceMax', 'most', x);
  const span = least === undefined ? most : add('Sub', 'span', [most, least]);
  const range = add('Max', 'range', [span, scope.scalar(smallestRange)]);
  const above = least === undefined ? x : add('Sub', 'above', [x, least]);
  const share = add('Div', 'share', [above, range]);
  const values = add('QuantizeLinear', 'quantized', [share, scope.scalar(1 / mostSteps), scope.zero()]);
  return { nodes, value: { values, range, ...(least !== undefined && { least }) } };
}

/** `MatMulInteger(values, W) · step · range + least · column sums`, in float32 until the end. */
export function perTokenProductNodes(editor: GraphEditor, product: PerTokenProduct): Node[] {
  const { input, weight, output, isFloat16 } = product;
  const name = product.nodeName ? editor.freshNodeName(`${product.nodeName}_quant`) : '';
  const value = (suffix: string) => editor.freshValueName(`${output}_${suffix}`);
  const result = isFloat16 ? value('float32') : output;
  const zeroPoint = weight.zeroPoint === undefined ? [] : ['', weight.zeroPoint];
  const [sums, floats, factor] = [value('integer_sums'), value('sums'), value('scaled')];
  const unshifted = input.least === undefined ? result : value('unshifted');
  // One scale is multiplied with as many numbers as there are tokens, rather than with all.
  const [first, second] = weight.hasOneScale ? [input.range, floats] : [floats, input.range];
  const nodes = [
    createNode('MatMulInteger', name, [input.values, weight.values, ...zeroPoint], [sums]),
    castNode('', sums, floats),
    createNode('Mul', '', [first, weight.step], [factor]),
    createNode('Mul', '', [factor, second], [unshifted]),
  ];
  if (input.least !== undefined) {
    const shift = value('shift');
    nodes.push(createNode('Mul', '', [input.least, weight.columnSums], [shift]));
    nodes.push(createNode('Add', '', [unshifted, shift], [result]));
  }
  return isFloat16 ? [...nodes, castNode('', result, output, DataType.float16)] : nodes;
}
