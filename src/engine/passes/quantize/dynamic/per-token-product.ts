/**
 * The product of an activation that is quantized per token with an integer weight, in standard operators.
 *
 * Each row of the activation, a token, has a scale and an offset of its own, so that one loud token does not take the digits
 * of all others; asymmetric, since what GELU and Softmax give is one-sided. What the offsets are multiplied with, the sums of
 * a weight's columns, are constants. It removes nine tenths of the loss of one scale for the whole tensor.
 */
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import { AttributeType, type Node, type ValueName } from '../../../onnx/graph';
import { castNode, createNode } from '../node-builders';
import type { GraphEditor } from '../../../onnx/edit';

/** The graph that the nodes go to. */
export interface PerTokenScope {
  readonly editor: GraphEditor;
  readonly opsetVersion: number;
  /** Names of initializers that hold a float32, and a list of int64. */
  scalar(value: number): ValueName;
  integers(values: readonly bigint[]): ValueName;
}

/** An activation x ≈ scale · values + least, with a scale and a least one for each row of the last axis. */
export interface PerTokenValue {
  /** uint8, of the shape of the activation. */
  readonly values: ValueName;
  /** float32, whose last axis is 1. */
  readonly scale: ValueName;
  /** float32, of the shape of the scale: what the integer 0 stands for. */
  readonly least: ValueName;
}

export interface PerTokenProduct {
  readonly nodeName: string;
  readonly input: PerTokenValue;
  /** Names of the integers [K, N], of scale and zero point, one or N, and of the N column sums in units of the floats. */
  readonly weight: Readonly<Record<'values' | 'scale' | 'zeroPoint' | 'columnSums', ValueName>>;
  readonly output: ValueName;
  readonly isFloat16: boolean;
}

/** A row of equal values has no range to divide by. */
const smallestScale = 1e-12;

/** The nodes that quantize `name`, and what they give. All arithmetic is in float32; values are named, nodes are not. */
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
  const cast = (input: ValueName, suffix: string, to: DataTypeCode): ValueName => {
    const output = editor.freshValueName(`${name}_token_${suffix}`);
    nodes.push(castNode('', input, output, to));
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
  const x = type === DataType.float16 ? cast(name, 'float32', DataType.float32) : name;
  const least = reduce('ReduceMin', 'least', x);
  const range = add('Sub', 'range', [reduce('ReduceMax', 'most', x), least]);
  const scale = add('Max', 'scale', [add('Div', 'step', [range, scope.scalar(255)]), scope.scalar(smallestScale)]);
  // 255 and a rounding error at most, so that nothing is to be clipped.
  const steps = add('Round', 'rounded', [add('Div', 'steps', [add('Sub', 'above', [x, least]), scale])]);
  return { nodes, value: { values: cast(steps, 'quantized', DataType.uint8), scale, least } };
}

/** `MatMulInteger(values, W) · weight scale · scale + least · column sums`, in float32 until the end. */
export function perTokenProductNodes(editor: GraphEditor, product: PerTokenProduct): Node[] {
  const { input, weight, output, isFloat16 } = product;
  const name = product.nodeName ? editor.freshNodeName(`${product.nodeName}_quant`) : '';
  const value = (suffix: string) => editor.freshValueName(`${output}_${suffix}`);
  const [sums, floats, scaled, unshifted, shift] = [
    value('integer_sums'),
    value('sums'),
    value('weight_scaled'),
    value('scaled'),
    value('shift'),
  ];
  const result = isFloat16 ? value('float32') : output;
  return [
    createNode('MatMulInteger', name, [input.values, weight.values, '', weight.zeroPoint], [sums]),
    castNode('', sums, floats),
    createNode('Mul', '', [floats, weight.scale], [scaled]),
    createNode('Mul', '', [scaled, input.scale], [unshifted]),
    createNode('Mul', '', [input.least, weight.columnSums], [shift]),
    createNode('Add', '', [unshifted, shift], [result]),
    ...(isFloat16 ? [castNode('', result, output, DataType.float16)] : []),
  ];
}
