/** Finds values that are never negative: their integers, which begin at zero, bound nothing. */
import type { Node, Tensor, ValueName } from '../../onnx/graph';
import { rearrangingOperators } from '../../onnx/ops/rearranging-operators';
import { readFloat32 } from '../../onnx/tensor';
import { getAttributeFloat, isDefaultDomain } from '../../onnx/traverse';
import { isFloat } from './float-constants';

/** A graph with its values and those of the graphs around it. */
export interface ValueScope {
  constant(name: ValueName | undefined): Tensor | undefined;
  definer(name: ValueName): ValueScope | undefined;
  producer(name: ValueName): Node | undefined;
  /** True if integers with this zero point represent no negative numbers. */
  keepsOutNegatives(zeroPoint: ValueName): boolean;
}

const neverNegative: ReadonlySet<string> = new Set([
  ...['Relu', 'Sigmoid', 'Softmax', 'HardSigmoid', 'Exp', 'Abs', 'Sqrt', 'Softplus', 'ThresholdedRelu'],
  ...['ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'QLinearSigmoid', 'QLinearSoftmax'],
]);

/** Operators whose outputs are not negative if their first input is not. */
const movers: ReadonlySet<string> = new Set([
  ...rearrangingOperators,
  ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'DepthToSpace', 'SpaceToDepth'],
  ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceSum'],
  ...['Dropout', 'Cast', 'Clip', 'QuantizeLinear', 'DequantizeLinear'],
]);
/** Operators whose outputs are not negative if no input is. */
const combiners: ReadonlySet<string> = new Set(['Add', 'Mul', 'Div', 'Concat', 'Max', 'Min', 'Sum', 'Mean']);

/** The search gives up in longer chains. */
const deepest = 24;

/** True if a value is never negative. Inputs of the model count as such, because their range was chosen for the data. */
export function hasNoNegatives(scope: ValueScope, name: ValueName, depth = 0): boolean {
  const constant = scope.constant(name);
  if (constant) return isFloat(constant) && readFloat32(constant).every((value) => value >= 0);
  if (depth > deepest) return false;
  const definer = scope.definer(name);
  const node = definer?.producer(name);
  if (!definer || !node) return definer !== undefined;
  const op = node.opType ?? '';
  if (!isDefaultDomain(node.domain) && !op.startsWith('QLinear')) return false;
  if (neverNegative.has(op)) return true;
  const [first = ''] = node.inputs;
  if (op === 'DequantizeLinear' && definer.keepsOutNegatives(node.inputs[2] ?? '')) return true;
  if (op === 'Clip' && isAboveZero(definer, node.inputs[1], getAttributeFloat(node, 'min'))) return true;
  if (movers.has(op)) return hasNoNegatives(definer, first, depth + 1);
  return combiners.has(op) && node.inputs.every((input) => hasNoNegatives(definer, input, depth + 1));
}

function isAboveZero(scope: ValueScope, name: ValueName | undefined, attribute: number | undefined): boolean {
  const tensor = scope.constant(name);
  return tensor ? readFloat32(tensor).every((value) => value >= 0) : (attribute ?? -1) >= 0;
}
