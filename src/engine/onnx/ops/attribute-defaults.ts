/**
 * Default values of attributes (ONNX Operator Schemas) that exporters write although they are the default. A node without them means the
 * same. Attributes without a default, and operators that are not named here, are left to whoever reads the schema.
 */
import { ownValue } from '../../own-value';
import { AttributeType, type Attribute, type Node } from '../graph';
import { isDefaultDomain } from '../traverse';

/** Lists have no default in the schema, but in its words: along each axis. */
type Value = number | string | 'each 0' | 'each 1';

/** If the default changed: the values by the operator set in which each was introduced. */
type Default = Value | Readonly<Record<number, Value>>;

type Defaults = Readonly<Record<string, Default>>;

const windows: Defaults = { auto_pad: 'NOTSET', strides: 'each 1', pads: 'each 0', dilations: 'each 1' };
const reductions: Defaults = { keepdims: 1, noop_with_empty_axes: 0 };
const selections: Defaults = { axis: 0, keepdims: 1, select_last_index: 0 };
const lastAxis: Defaults = { axis: { 1: 1, 13: -1 } };

const byOperator: Readonly<Record<string, Defaults>> = {
  ArgMax: selections,
  ArgMin: selections,
  AveragePool: { ...windows, ceil_mode: 0, count_include_pad: 0 },
  BatchNormalization: { epsilon: 1e-5, momentum: 0.9, training_mode: 0 },
  Cast: { saturate: 1 },
  Conv: { ...windows, group: 1 },
  ConvTranspose: { ...windows, group: 1, output_padding: 'each 0' },
  CumSum: { exclusive: 0, reverse: 0 },
  DequantizeLinear: { axis: 1, block_size: 0 },
  Elu: { alpha: 1 },
  Flatten: { axis: 1 },
  GRU: { direction: { 3: 'forward' }, layout: 0, linear_before_reset: 0 },
  Gather: { axis: 0 },
  Gemm: { alpha: 1, beta: 1, transA: 0, transB: 0 },
  HardSigmoid: { alpha: 0.2, beta: 0.5 },
  InstanceNormalization: { epsilon: 1e-5 },
  LSTM: { direction: 'forward', layout: 0, input_forget: 0 },
  LayerNormalization: { axis: -1, epsilon: 1e-5, stash_type: 1 },
  LeakyRelu: { alpha: 0.01 },
  LogSoftmax: lastAxis,
  MaxPool: { ...windows, ceil_mode: 0, storage_order: 0 },
  Pad: { mode: 'constant' },
  QuantizeLinear: { axis: 1, block_size: 0, saturate: 1 },
  ReduceMax: reductions,
  ReduceMean: reductions,
  ReduceMin: reductions,
  ReduceProd: reductions,
  ReduceSum: reductions,
  Reshape: { allowzero: 0 },
  Softmax: lastAxis,
  Split: { axis: { 2: 0 } },
  TopK: { axis: -1, largest: 1, sorted: 1 },
};

/** From this operator set on the schemas describe the values of lists that a node does not have. */
const firstDescribedLists = 11;

/** Every operator of the list, for its check against the schemas. */
export const operatorsWithDefaults: Readonly<Record<string, Defaults>> = byOperator;

/** Returns the default of an attribute in an operator set; `undefined` if this list has none. */
export function attributeDefault(opType: string, name: string, opset: number): Value | undefined {
  const stated = ownValue(byOperator, opType)?.[name];
  if (typeof stated === 'object') {
    const versions = Object.keys(stated).map(Number);
    return stated[Math.max(...versions.filter((version) => version <= opset))];
  }
  const isDescribed = opset >= firstDescribedLists || (stated !== 'each 0' && stated !== 'each 1');
  return isDescribed ? stated : undefined;
}

/** True if a node means the same without the attribute. @param opset of the default domain in the model. */
export function isAtDefault({ opType = '', domain }: Node, attribute: Attribute, opset: number): boolean {
  // The value that a function passes on is known only at its call.
  if (!isDefaultDomain(domain) || attribute.name === undefined || attribute.refAttrName) return false;
  const value = attributeDefault(opType, attribute.name, opset);
  const { type, i, f, s, ints } = attribute;
  switch (type) {
    case AttributeType.int:
      return typeof value === 'number' && i === BigInt(value);
    case AttributeType.float:
      return typeof value === 'number' && f !== undefined && Math.fround(f) === Math.fround(value);
    case AttributeType.string:
      return typeof value === 'string' && s !== undefined && new TextDecoder().decode(s) === value;
    case AttributeType.ints:
      if (value !== 'each 0' && value !== 'each 1') return false;
      return ints !== undefined && ints.length > 0 && ints.every((entry) => entry === BigInt(value.at(-1)!));
    default:
      return false;
  }
}
