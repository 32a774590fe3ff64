/** MatMul with a constant right operand → MatMulInteger. */
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import type { DynamicOptions } from './dynamic-options';
import { planWeight, notFinite, refused, type DynamicRule, type Rewrite } from './dynamic-rule';
import { integerProductNodes } from './integer-product';
import { perTokenProductNodes } from './per-token-product';
import type { QuantizationScope, WeightRecipe } from './quantization-scope';
import { areShortEqualRows } from './short-equal-rows';

export const dynamicMatMul: DynamicRule = {
  opType: 'MatMul',
  domain: '',
  plan(node, scope) {
    const plan = planWeight(scope, node.inputs[1], (rank) => rank >= 2);
    if (plan.kind !== 'refused' || plan.code !== 'dynamic-weight') return plan;
    const left = planWeight(scope, node.inputs[0], () => true);
    const leftIsWeight = left.kind !== 'refused' || left.code !== 'dynamic-weight';
    const reason = leftIsWeight
      ? `The weight is the left operand "${node.inputs[0]}"; only the right one can be quantized.`
      : 'Both operands are computed at run time, so there is no weight to quantize.';
    return refused('dynamic-weight', reason);
  },
  async rewrite(node, scope) {
    const [input = '', weight = ''] = node.inputs;
    const tensor = scope.constant(weight)!;
    const recipe = matMulWeightRecipe(tensor, scope.session.options, scope.producerOf(input));
    const output = node.outputs[0]!;
    const product = await matMulIntegerNodes(scope, node, { nodeName: node.name ?? '', input, weight, recipe, output });
    if (!product) return notFinite;
    scope.editor.replaceNode(node, product);
    return matMulChange(recipe);
  },
};

export interface MatMulParts {
  readonly nodeName: string;
  readonly input: ValueName;
  readonly weight: ValueName;
  readonly recipe: WeightRecipe;
  readonly output: ValueName;
}

/** The nodes for one matrix product, or `undefined` when an operand is not finite. `anchor` is the node they replace. */
export async function matMulIntegerNodes(
  scope: QuantizationScope,
  anchor: Node,
  parts: MatMulParts,
): Promise<Node[] | undefined> {
  const weightType = scope.constant(parts.weight)?.dataType ?? DataType.float32;
  const weight = await scope.quantizeWeight(parts.weight, parts.recipe);
  if (!weight) return undefined;
  const isFloat16 = scope.elementType(anchor.outputs[0]!, weightType) === DataType.float16;
  const { nodeName, output } = parts;
  if (weight.perToken !== undefined) {
    const input = scope.quantizePerToken(parts.input, anchor, weightType);
    return perTokenProductNodes(scope.editor, { nodeName, input, weight: weight.perToken, output, isFloat16 });
  }
  const input = await scope.quantizeActivation(parts.input, anchor, weightType);
  if (!input) return undefined;
  const opType = 'MatMulInteger';
  return integerProductNodes(scope, {
    opType,
    nodeName,
    input,
    weight,
    attributes: [],
    output,
    stem: output,
    isFloat16,
    hidesZeroPoint: scope.session.options.perToken && weight.form.type === 'int8',
  });
}

/**
 * A matrix (or a stack of them) whose columns are the output channels. A stack and its activations always have one
 * scale. The tool gives the stack one per column, but ONNX Runtime then refuses to run MatMulInteger.
 *
 * @param source computes the value that is multiplied with it.
 */
export function matMulWeightRecipe(tensor: Tensor, options: DynamicOptions, source?: Node): WeightRecipe {
  const dims = tensor.dims.map(Number);
  const columns = dims[dims.length - 1] ?? 1;
  const isMatrix = dims.length === 2;
  const perColumn = options.perChannel && isMatrix;
  const isPerToken = options.perToken && isMatrix && !areShortEqualRows(source?.opType, dims[0]!);
  return {
    affine: options.weight,
    groups: perColumn ? { kind: 'columns', count: columns } : { kind: 'tensor' },
    form: { type: options.weightType, scales: perColumn ? 'columns' : 'tensor' },
    scaleDims: perColumn ? [columns] : [],
    dims,
    isPerToken,
    accepts: ({ form, perToken }) => form.scales !== 'lstm' && isPerToken === (perToken !== undefined),
  };
}

export function matMulChange(recipe: WeightRecipe): Rewrite {
  const scales = recipe.groups.kind === 'tensor' ? 'one scale' : `${recipe.groups.count} scales`;
  const activations = recipe.isPerToken === true ? ', activations per token' : '';
  return { kind: 'changed', what: `Integer product with ${recipe.form.type} weights, ${scales}${activations}` };
}
