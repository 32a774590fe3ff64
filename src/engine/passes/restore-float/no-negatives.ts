/** Values that cannot be negative, whatever is fed: quantizing them from zero up bounds nothing. */
import { DataType } from '../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../onnx/graph';
import { readFloat32 } from '../../onnx/tensor';
import { getAttributeFloat, isDefaultDomain } from '../../onnx/traverse';

/** What a graph knows of its values and of those around it. */
export interface ValueScope {
  constant(name: ValueName | undefined): Tensor | undefined;
  definer(name: ValueName): ValueScope | undefined;
  producer(name: ValueName): Node | undefined;
  /** Whether integers with this zero point have no room for negative numbers. */
  keepsOutNegatives(zeroPoint: ValueName): boolean;
}

const neverNegative: ReadonlySet<string> = new Set([
  ...['Relu', 'Sigmoid', 'Softmax', 'HardSigmoid', 'Exp', 'Abs', 'Sqrt', 'Softplus', 'ThresholdedRelu'],
  ...['ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'QLinearSigmoid', 'QLinearSoftmax'],
]);

/** Not negative where what they read is not: their first input, or all of them. */
const movers: ReadonlySet<string> = new Set([
  ...[
    'MaxPool',
    'AveragePool',
    'GlobalAveragePool',
    'GlobalMaxPool',
    'ReduceMean',
    'ReduceMax',
    'ReduceMin',
    'ReduceSum',
  ],
  ...[
    'Reshape',
    'Transpose',
    'Flatten',
    'Squeeze',
    'Unsqueeze',
    'Slice',
    'Split',
    'Gather',
    'Identity',
    'Dropout',
    'Expand',
  ],
  ...['Tile', 'DepthToSpace', 'SpaceToDepth', 'Cast', 'QuantizeLinear', 'DequantizeLinear', 'Clip'],
]);
const combiners: ReadonlySet<string> = new Set(['Add', 'Mul', 'Div', 'Concat', 'Max', 'Min', 'Sum', 'Mean']);

const deepest = 24;

/** What a caller feeds counts as well: its range was chosen for what is fed. */
export function hasNoNegatives(scope: ValueScope, name: ValueName, depth = 0): boolean {
  const constant = scope.constant(name);
  if (constant) return isFloatOfNoNegatives(constant.dataType) && readFloat32(constant).every((value) => value >= 0);
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

function isFloatOfNoNegatives(dataType: number | undefined): boolean {
  return dataType === DataType.float32 || dataType === DataType.float16;
}

function isAboveZero(scope: ValueScope, name: ValueName | undefined, attribute: number | undefined): boolean {
  const tensor = scope.constant(name);
  return tensor ? readFloat32(tensor).every((value) => value >= 0) : (attribute ?? -1) >= 0;
}
