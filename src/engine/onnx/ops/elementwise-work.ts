/** Arithmetic beside the products of matrices: how many elements an operator works on. */
import { isDefaultDomain, MICROSOFT_DOMAIN } from '../traverse';
import { countOfSizes } from '../size';
import type { InferredValue, SymbolicShape } from './operator';

/** One operation for each element of the first output. */
const perOutput = new Set(
  (
    'Abs Acos Acosh Add And Asin Asinh Atan Atanh BatchNormalization Bernoulli BiasGelu BitShift BitwiseAnd BitwiseNot ' +
    'BitwiseOr BitwiseXor Ceil Celu Clip Cos Cosh CumProd CumSum DequantizeLinear Div DynamicQuantizeLinear Elu Equal Erf ' +
    'Exp FastGelu Floor Gelu Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish Hardmax ' +
    'InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax ' +
    'LpNormalization Max Mean MeanVarianceNormalization Min Mish Mod Mul Neg Not Or PRelu Pow QLinearAdd QLinearMul ' +
    'QLinearSigmoid QLinearSoftmax QuantizeLinear QuickGelu RMSNormalization Reciprocal Relu Resize RotaryEmbedding Round ' +
    'Selu Shrink Sigmoid Sign SimplifiedLayerNormalization Sin Sinh SkipLayerNormalization ' +
    'SkipSimplifiedLayerNormalization Softmax Softplus Softsign Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu Upsample Where Xor'
  ).split(' '),
);

/** One operation for each element of the first input. */
const perInput = new Set(
  (
    'ArgMax ArgMin AveragePool GlobalAveragePool GlobalLpPool GlobalMaxPool LpPool MaxPool ' +
    'QLinearAveragePool QLinearGlobalAveragePool ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ' +
    'ReduceMin ReduceProd ReduceSum ReduceSumSquare'
  ).split(' '),
);

/**
 * Elementwise operations of one run of a node, beside its multiply-accumulates. The convention, as tools that count
 * FLOPs use it: one for each element that an arithmetic operator, an activation or a normalization gives, one for each
 * element that a reduction or a pooling reads, whatever the function costs. A Sum of three operands counts two for each.
 * Operators that only move or look up (Reshape, Transpose, Concat, Gather, Cast …) count none. `null` while a size is open.
 */
export function elementwiseWork(
  node: { readonly domain?: string; readonly opType?: string },
  inputs: readonly InferredValue[],
  outputs: readonly (SymbolicShape | undefined)[],
): number | null {
  const { domain, opType = '' } = node;
  if (!isDefaultDomain(domain) && domain !== MICROSOFT_DOMAIN) return 0;
  if (perInput.has(opType)) return elementsOf(inputs[0]?.shape);
  if (!perOutput.has(opType)) return 0;
  const once = elementsOf(outputs[0]);
  const isVariadic = opType === 'Sum' || opType === 'Mean' || opType === 'Max' || opType === 'Min';
  return isVariadic && once !== null ? once * Math.max(1, inputs.length - 1) : once;
}

function elementsOf(shape: SymbolicShape | undefined): number | null {
  return shape === undefined ? null : countOfSizes(shape);
}
