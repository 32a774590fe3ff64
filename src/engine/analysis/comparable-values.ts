/** Finds values that an original and its variant share: two nodes compute the same value in different ways. */
import type { FreeDimensions } from '../data/feeds';
import { DataType, type DataTypeCode } from '../onnx/data-type';
import type { Graph, Model, ValueName } from '../onnx/graph';
import { inferModel, type InferredModel } from '../onnx/infer';
import { bytesOfValue } from '../onnx/ops/bytes-moved';
import type { Size } from '../onnx/size';
import { matchNodes } from './diff/diff-match';
import { diffScopes, type DiffNode, type DiffScope } from './diff/diff-scope';

/** A value with the node that computes it. */
export interface ComputedValue {
  /** The path of the node, as `inspect` reports it. */
  readonly path: string;
  readonly op: string;
  readonly value: ValueName;
}

export interface ComparableValue {
  readonly a: ComputedValue;
  readonly b: ComputedValue;
  /** Bytes of the larger of the two values. The figure is an estimate if a size is not known before the run. */
  readonly estimatedBytes: number;
  /**
   * Element type with which the original's value can be fed to the variant in place of its own. Absent if the types are
   * not known to be the same, or the shapes are known to differ.
   */
  readonly fedAs?: DataTypeCode;
}

/** Nodes that stand for each other, whose values cannot be compared. */
export interface IncomparableNodes {
  readonly a: string;
  readonly b: string;
  readonly op: string;
  /** A sentence. */
  readonly reason: string;
}

export interface ComparableValues {
  readonly values: readonly ComparableValue[];
  readonly unknown: readonly IncomparableNodes[];
}

/** The estimate for a value whose size is not known before the run. */
const unknownBytes = 2 ** 24;

/** The element types that the web runtime can return. */
const readableTypes: ReadonlySet<DataTypeCode> = new Set([
  DataType.float32,
  DataType.float64,
  DataType.float16,
  DataType.int8,
  DataType.uint8,
  DataType.int16,
  DataType.uint16,
  DataType.int32,
  DataType.uint32,
  DataType.int64,
  DataType.uint64,
  DataType.bool,
  DataType.string,
]);

/**
 * Finds the values that nodes of both models compute, in the order of model A. Values correspond if they have the same
 * name, because a pass keeps names. Outputs of matched nodes also correspond if the other model lacks both names.
 * Values inside graphs of nodes and functions cannot be read from a run, so their nodes are listed as unknown. Reads at
 * most 4 kB of each weight; throws `external-data/missing` when that is not at hand.
 */
export function comparableValues(a: Model, b: Model, dimensions: FreeDimensions): ComparableValues {
  const [scopesA, scopesB] = [diffScopes(a), diffScopes(b)];
  const [mainA, mainB] = [scopesA.get('graph'), scopesB.get('graph')];
  if (!a.graph || !b.graph || !mainA || !mainB) return { values: [], unknown: [] };
  const sides = {
    a: { graph: a.graph, inferred: inferModel(a, { dimensions }), computed: computedValues(mainA) },
    b: { graph: b.graph, inferred: inferModel(b, { dimensions }), computed: computedValues(mainB) },
  };
  const { aToB } = matchNodes(scopesA, scopesB);
  const found = [...scopesA.values()]
    .flatMap((scope) => [...scope.allNodes()])
    .flatMap((entry) => {
      const partner = aToB.get(entry);
      if (entry.scope === mainA) return compareOutputs(entry, partner?.scope === mainB ? partner : undefined, sides);
      if (!partner || entry.node.opType === 'Constant') return [];
      return [incomparable(entry.path, partner.path, entry.node.opType ?? '', insideReason)];
    });
  return {
    values: found.filter((one) => 'estimatedBytes' in one),
    unknown: found.filter((one) => 'reason' in one),
  };
}

/** Compares the outputs of a node of the main graph with those of its partner in the other model. */
function compareOutputs(
  entry: DiffNode,
  partner: DiffNode | undefined,
  sides: Sides,
): readonly (ComparableValue | IncomparableNodes)[] {
  return sharedOutputs(entry, partner, sides).map(([name, other]) => {
    const pair = { a: sides.a.computed.get(name)!, b: sides.b.computed.get(other)! };
    const type = sides.a.inferred.value(sides.a.graph, name)?.elementType;
    const isReadable = type === undefined || readableTypes.has(type);
    if (!isReadable) return incomparable(pair.a.path, pair.b.path, pair.a.op, typeReason);
    const fedAs = sameType(pair, sides);
    return { ...pair, estimatedBytes: estimatedBytes(pair, sides), ...(fedAs !== undefined && { fedAs }) };
  });
}

const typeReason = 'The web runtime cannot read values of this type.';
const insideReason = 'Values inside the graph of another node, or inside a function, cannot be read.';

interface Side {
  readonly graph: Graph;
  readonly inferred: InferredModel;
  readonly computed: ReadonlyMap<ValueName, ComputedValue>;
}

interface Sides {
  readonly a: Side;
  readonly b: Side;
}

function incomparable(a: string, b: string, op: string, reason: string): IncomparableNodes {
  return { a, b, op, reason };
}

/** Lists the values that nodes of the main graph compute. A Constant node computes none. */
function computedValues(scope: DiffScope): ReadonlyMap<ValueName, ComputedValue> {
  const found = new Map<ValueName, ComputedValue>();
  for (const { node, path } of scope.nodes) {
    if (scope.origin(node.outputs[0] ?? '').kind === 'constant') continue;
    for (const value of node.outputs) if (value !== '') found.set(value, { path, op: node.opType ?? '', value });
  }
  return found;
}

/** Outputs of a node of A with what the other model calls them. */
function sharedOutputs(
  { node }: DiffNode,
  partner: DiffNode | undefined,
  { a, b }: Sides,
): readonly (readonly [ValueName, ValueName])[] {
  return node.outputs.flatMap((name, index) => {
    if (!a.computed.has(name)) return [];
    if (b.computed.has(name)) return [[name, name] as const];
    const other = partner?.node.outputs[index] ?? '';
    return b.computed.has(other) && !a.computed.has(other) ? [[name, other] as const] : [];
  });
}

function sameType(pair: Pick<ComparableValue, 'a' | 'b'>, { a, b }: Sides): DataTypeCode | undefined {
  const [left, right] = [a.inferred.value(a.graph, pair.a.value), b.inferred.value(b.graph, pair.b.value)];
  if (left?.elementType === undefined || left.elementType !== right?.elementType) return undefined;
  const isOther = left.shape?.some((size, axis) => isKnownOther(size, right.shape?.[axis]));
  const sameRank = left.shape === undefined || right.shape === undefined || left.shape.length === right.shape.length;
  return sameRank && !isOther ? left.elementType : undefined;
}

function isKnownOther(a: Size, b: Size | undefined): boolean {
  return typeof a === 'number' && typeof b === 'number' && a !== b;
}

function estimatedBytes(pair: Pick<ComparableValue, 'a' | 'b'>, { a, b }: Sides): number {
  return Math.max(sizeOf(a, pair.a.value), sizeOf(b, pair.b.value));
}

function sizeOf({ graph, inferred }: Side, name: ValueName): number {
  const { elementType = DataType.float32, shape } = inferred.value(graph, name) ?? {};
  return bytesOfValue({ elementType, shape }) ?? unknownBytes;
}
