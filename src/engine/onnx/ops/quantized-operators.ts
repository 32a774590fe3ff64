/** Operators that make, read or compute integers in the place of floats. */
import type { Model } from '../graph';
import { scopes } from '../traverse';

const others: ReadonlySet<string> = new Set([
  ...['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'MatMulInteger', 'ConvInteger'],
  ...['DynamicQuantizeMatMul', 'MatMulIntegerToFloat', 'DynamicQuantizeLSTM', 'GatherBlockQuantized', 'MatMulBnb4'],
]);

/** True of DequantizeLinear and its kin, QLinearConv, QGemm, MatMulNBits and others. */
export function isQuantizing(op: string): boolean {
  return others.has(op) || /NBits$|^Q[A-Z]/.test(op);
}

/** True of a model with such an operator, wherever it stands. */
export function isQuantized(model: Model): boolean {
  return [...scopes(model)].some((scope) => scope.nodes.some(({ opType = '' }) => isQuantizing(opType)));
}
