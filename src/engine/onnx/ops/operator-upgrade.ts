/** Converts an operator of an older opset to a newer one, with the parts that such conversions share. */
import { toInt64 } from '../attributes';
import { DataType, type DataTypeCode } from '../data-type';
import type { GraphEditor } from '../edit-graph';
import type { Node, Tensor, ValueName } from '../graph';
import { float32ToFloat16 } from '../half-float';
import { createTensor } from '../tensor';
import { getAttributeInts } from '../traverse';
import type { SymbolicShape } from './operator';

export interface UpgradeContext {
  readonly editor: GraphEditor;
  elementType(name: ValueName): DataTypeCode | undefined;
  shape(name: ValueName): SymbolicShape | undefined;
  /** The elements of a short list, if they are known before the model runs. */
  content(name: ValueName): SymbolicShape | undefined;
  /** A node reads the value, or a graph returns it. */
  isRead(name: ValueName): boolean;
  /** The tensor that a name always stands for, here or in a graph around. */
  constant(name: ValueName): Tensor | undefined;
}

export interface OperatorUpgrade {
  /** The opset that brought the change. */
  readonly since: bigint;
  /**
   * Converts the node to the newer opset: returns one or several nodes, or the same object if nothing changes. If it
   * cannot be converted, returns the reason: the rest of a sentence that begins with the node.
   */
  convert(node: Node, context: UpgradeContext): Node | readonly Node[] | string;
}

export type OperatorUpgrades = ReadonlyMap<string, OperatorUpgrade>;

/** The operators that changed until one operator set, each of them at most once. */
export interface UpgradeStage {
  readonly to: bigint;
  readonly upgrades: OperatorUpgrades;
}

/** The same node if it has none of these attributes. */
export function withoutAttributes(node: Node, ...names: readonly string[]): Node {
  const attributes = node.attributes.filter((attribute) => !names.includes(attribute.name ?? ''));
  return attributes.length === node.attributes.length ? node : { ...node, attributes };
}

/** A new initializer that is named after the node. */
function addConstant(
  { editor }: UpgradeContext,
  node: Node,
  what: string,
  parts: Omit<Parameters<typeof createTensor>[0], 'name'>,
): ValueName {
  const name = editor.freshValueName(`${node.name || node.outputs[0] || node.opType}_${what}`);
  editor.addInitializer(createTensor({ name, ...parts }));
  return name;
}

/** Adds an int64 initializer of shape [values]. Returns its name. */
export function integerConstant(
  context: UpgradeContext,
  node: Node,
  what: string,
  values: readonly number[],
): ValueName {
  const bytes = BigInt64Array.from(values, toInt64);
  return addConstant(context, node, what, { dataType: DataType.int64, dims: [values.length], bytes });
}

/** Adds an int64 initializer of shape []. Returns its name. */
export function integerScalar(context: UpgradeContext, node: Node, what: string, value: number): ValueName {
  return addConstant(context, node, what, {
    dataType: DataType.int64,
    dims: [],
    bytes: BigInt64Array.of(BigInt(value)),
  });
}

/** Adds a float32 initializer of shape [values]. Returns its name. */
export function floatListConstant(
  context: UpgradeContext,
  node: Node,
  what: string,
  values: readonly number[],
): ValueName {
  const bytes = Float32Array.from(values);
  return addConstant(context, node, what, { dataType: DataType.float32, dims: [values.length], bytes });
}

/** A scalar of the type of the node's input. */
export function floatConstant(context: UpgradeContext, node: Node, what: string, value: number): ValueName {
  const type = context.elementType(node.inputs[0] ?? '') ?? DataType.float32;
  const dataType = type === DataType.float16 || type === DataType.float64 ? type : DataType.float32;
  const single = Float32Array.of(value);
  const bytes =
    dataType === DataType.float16
      ? float32ToFloat16(single)
      : dataType === DataType.float64
        ? Float64Array.of(value)
        : single;
  return addConstant(context, node, what, { dataType, dims: [], bytes });
}

/**
 * Turns the attribute `axes` into the second input, as several operators did in different versions. Without axes the meaning is the same.
 */
export function axesToInput(node: Node, context: UpgradeContext): Node {
  const axes = getAttributeInts(node, 'axes');
  if (axes === undefined) return node;
  const rest = withoutAttributes(node, 'axes');
  if (axes.length === 0) return rest;
  return { ...rest, inputs: [node.inputs[0] ?? '', integerConstant(context, node, 'axes', axes)] };
}
