/** Operators that write, read or compute integers instead of floats. */
import type { Model } from '../graph';
import { scopes } from '../traverse';

const others: ReadonlySet<string> = new Set([
  ...['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'MatMulInteger', 'ConvInteger'],
  ...['DynamicQuantizeMatMul', 'MatMulIntegerToFloat', 'DynamicQuantizeLSTM', 'GatherBlockQuantized', 'MatMulBnb4'],
]);

/** True for DequantizeLinear, QLinearConv, QGemm, MatMulNBits and similar operators. */
export function isQuantizing(op: string): boolean {
  return others.has(op) || /NBits$|^Q[A-Z]/.test(op);
}

/** True for a model with such an operator, also in a subgraph or function. */
export function isQuantized(model: Model): boolean {
  return [...scopes(model)].some((scope) => scope.nodes.some(({ opType = '' }) => isQuantizing(opType)));
}
