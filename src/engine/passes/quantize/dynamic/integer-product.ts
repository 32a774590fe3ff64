/**
 * The nodes around MatMulInteger and ConvInteger, as ONNX Runtime's tool writes them: the int32 result, cast to float,
 * times the product of the two scales. ONNX Runtime fuses exactly this pattern.
 */
import { DataType } from '../../../onnx/data-type';
import type { Attribute, Node, ValueName } from '../../../onnx/graph';
import { castNode, createNode } from '../../../onnx/create-node';
import type { QuantizationScope, QuantizedValue } from './quantization-scope';

export interface IntegerProduct {
  readonly opType: 'MatMulInteger' | 'ConvInteger';
  /** Name of the float node; empty for none. */
  readonly nodeName: string;
  readonly input: QuantizedValue;
  readonly weight: QuantizedValue;
  readonly attributes: readonly Attribute[];
  /** The name of the float result. */
  readonly output: ValueName;
  /** Stem of the names of the values in between: the output of the float node. */
  readonly stem: ValueName;
  readonly isFloat16: boolean;
  /**
   * True if the node gets no zero points of the weight, which are all 0. The tool names them, and the product then
   * reads each of them.
   */
  readonly hidesZeroPoint?: boolean;
}

/** Nodes from the quantized operands to the float result. */
export function integerProductNodes(scope: QuantizationScope, product: IntegerProduct): Node[] {
  const { editor } = scope;
  const { input, weight, stem, output } = product;
  const name = product.nodeName ? editor.freshNodeName(`${product.nodeName}_quant`) : '';
  const sum = editor.freshValueName(`${stem}_output_quantized`);
  const floatSum = editor.freshValueName(`${sum}_cast_output`);
  const scales = scope.scaleProduct(input, weight, name);
  const integerNode = createNode(
    product.opType,
    name,
    [input.values, weight.values, input.zeroPoint, ...(product.hidesZeroPoint === true ? [] : [weight.zeroPoint])],
    [sum],
  );
  const scaleName = name ? editor.freshNodeName(`${name}_output_scale_mul`) : '';
  const nodes = [
    { ...integerNode, attributes: product.attributes },
    castNode(editor.freshNodeName(`${sum}_cast`), sum, floatSum),
    ...scales.nodes,
  ];
  if (!product.isFloat16) return [...nodes, createNode('Mul', scaleName, [floatSum, scales.name], [output])];
  // The sums overflow float16: scale them in float32 first.
  const wide = editor.freshValueName(`${output}_float32`);
  return [
    ...nodes,
    createNode('Mul', scaleName, [floatSum, scales.name], [wide]),
    castNode(editor.freshNodeName(`${wide}_cast`), wide, output, DataType.float16),
  ];
}
