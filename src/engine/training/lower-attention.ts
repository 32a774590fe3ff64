/** Writes attention of operator set 23 as products and a softmax, where it has no cache. */
import { intAttribute, intsAttribute } from '../onnx/attributes';
import { DataType } from '../onnx/data-type';
import type { Node, ValueName } from '../onnx/graph';
import { getAttributeFloat, getAttributeInt } from '../onnx/traverse';
import type { NodeWriter, ShapeOf } from './node-writer';

/** Large enough to leave no weight after a softmax. Two of them are finite, so a row without any key is no NaN. */
const masked = -1e30;

/** A clause that says why attention cannot be written as other operators, or `undefined`. */
export function whyNotAttention(node: Node, shapeOf: ShapeOf): string | undefined {
  const has = (name: ValueName | undefined): boolean => (name ?? '') !== '';
  if (node.inputs.slice(4).some(has)) return 'it continues a cache';
  if (has(node.outputs[3])) return 'it also returns its scores';
  if ((getAttributeFloat(node, 'softcap') ?? 0) !== 0) return 'it caps its scores';
  if (has(node.inputs[3]) && shapeOf(node.inputs[3]!)!.at(-1) !== shapeOf(node.inputs[1]!)!.at(-2))
    return 'its mask has another length than its keys';
  return undefined;
}

/** y = softmax(scale · Q·Kᵀ + mask)·V. Heads of keys and values are repeated where queries have more. */
export function writeAttention(writer: NodeWriter, node: Node, shapeOf: ShapeOf): void {
  const isFolded = shapeOf(node.inputs[0]!)!.length === 3;
  const heads = (input: number): { readonly value: ValueName; readonly shape: Heads } => {
    const [name, shape] = [node.inputs[input]!, shapeOf(node.inputs[input]!)!];
    if (!isFolded) return { value: name, shape: shape as Heads };
    const [batch, sequence, width] = shape as [number, number, number];
    const count = getAttributeInt(node, input === 0 ? 'q_num_heads' : 'kv_num_heads')!;
    const apart = writer.reshape(name, [batch, sequence, count, width / count]);
    return { value: swap(writer, apart, [0, 2, 1, 3]), shape: [batch, count, sequence, width / count] };
  };
  const [query, key, value] = [heads(0), heads(1), heads(2)];
  const [batch, count, length, width] = query.shape;
  const repeated = (each: typeof key): ValueName => repeatHeads(writer, each, count);
  const scale = writer.filled([1], getAttributeFloat(node, 'scale') ?? 1 / Math.sqrt(width));
  const product = writer.one('MatMul', [
    writer.one('Mul', [query.value, scale]),
    swap(writer, repeated(key), [0, 1, 3, 2]),
  ]);
  const scores = masksOf(writer, node, [length, key.shape[2]]).reduce(
    (sum, mask) => writer.one('Add', [sum, mask]),
    product,
  );
  const weights = writer.one('Softmax', [scores], [intAttribute('axis', -1)]);
  const sum = writer.one('MatMul', [weights, repeated(value)]);
  const folded = isFolded
    ? writer.reshape(swap(writer, sum, [0, 2, 1, 3]), [batch, length, count * value.shape[3]])
    : sum;
  writer.give(node.outputs[0], folded);
  writer.give(node.outputs[1], key.value);
  writer.give(node.outputs[2], value.value);
}

type Heads = readonly [batch: number, heads: number, sequence: number, width: number];

function swap(writer: NodeWriter, value: ValueName, permutation: readonly number[]): ValueName {
  return writer.one('Transpose', [value], [intsAttribute('perm', permutation)]);
}

/** Each head as often as queries share it. */
function repeatHeads(
  writer: NodeWriter,
  { value, shape }: { value: ValueName; shape: Heads },
  count: number,
): ValueName {
  const [batch, own, sequence, width] = shape;
  if (own === count) return value;
  const apart = writer.reshape(value, [batch, own, 1, sequence, width]);
  const copies = writer.one('Expand', [apart, writer.ints([batch, own, count / own, sequence, width])]);
  return writer.reshape(copies, [batch, count, sequence, width]);
}

/** The masks that scores add: the one of the node, of numbers or truths, and the one of later keys. */
function masksOf(writer: NodeWriter, node: Node, [length, keys]: readonly [number, number]): readonly ValueName[] {
  const masks: ValueName[] = [];
  const given = node.inputs[3] ?? '';
  if (given !== '') {
    const isTruth = writer.elementTypeOf(given) === DataType.bool;
    masks.push(isTruth ? writer.one('Where', [given, writer.filled([1], 0), writer.filled([1], masked)]) : given);
  }
  if (getAttributeInt(node, 'is_causal') === 1) {
    masks.push(writer.floats([length, keys], (at) => (at % keys > Math.floor(at / keys) ? masked : 0)));
  }
  return masks;
}
