/** Large values that the runtime reduces right behind the node that computes them, so that none of them leaves it. */
import type { FeedTensor } from '../data/feeds';
import { createNode } from '../onnx/create-node';
import { DataType } from '../onnx/data-type';
import { ModelEditor } from '../onnx/edit';
import type { GraphEditor } from '../onnx/edit-graph';
import type { Model, Node, Tensor, ValueName } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import type { ChannelSums, ValueStatistics } from './value-statistics';

/** The model with further nodes right behind some values, which stay in memory until these have read them. */
export function withNodesBehind(
  model: Model,
  values: Iterable<ValueName>,
  nodesOf: (value: ValueName, editor: GraphEditor) => readonly Node[],
): Model {
  const editor = new ModelEditor(model).graph;
  const graph = model.graph!;
  const wanted = new Set(values);
  const computed = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const behind = (names: readonly ValueName[]) =>
    names.filter((name) => wanted.has(name)).flatMap((name) => nodesOf(name, editor));
  const nodes = [
    ...behind([...wanted].filter((value) => !computed.has(value))),
    ...graph.nodes.flatMap((node) => [node, ...behind(node.outputs)]),
  ];
  return { ...model, graph: { ...graph, nodes } };
}

/** A value with fewer numbers is read whole. */
const mostWhole = 2 ** 15;
/** The histogram of a large value counts at least this many numbers of each sample. */
const fewestCounted = 2 ** 13;

export interface LargeValue {
  readonly name: ValueName;
  /** The number of its elements for one sample, as far as its shape is known. */
  readonly elements: number;
  readonly rank: number;
  /** The axis of the channels whose sums are wanted. */
  readonly axis?: number | undefined;
}

export function isLarge(elements: number): boolean {
  return elements > mostWhole;
}

/** The reductions of a value. The sum is not finite if any number is not. */
export const reductions = ['ReduceMin', 'ReduceMax', 'ReduceSum'] as const;

/** Nodes that reduce a value to one number each, in the order of `reductions`. */
export function reductionsOf(value: ValueName, editor: GraphEditor): readonly Node[] {
  return reductions.map((op) => {
    return createNode(op, '', [value], [editor.freshValueName(`${value}_${op}`)], { keepdims: 0n });
  });
}

export interface ReducedModel {
  readonly model: Model;
  /** The values to observe for each large value: part, minimum, maximum, sum, and if wanted the sums of channels. */
  readonly parts: ReadonlyMap<ValueName, readonly ValueName[]>;
}

/** The model with reductions behind large values. It has operator set 13 at least. */
export function withReductions(model: Model, values: readonly LargeValue[]): ReducedModel {
  const parts = new Map<ValueName, readonly ValueName[]>();
  const byName = new Map(values.map((value) => [value.name, value]));
  const tensors = new Map<string, Tensor>();
  const reduced = withNodesBehind(model, byName.keys(), (value, editor) => {
    const integers = (...numbers: readonly number[]): ValueName => {
      const key = numbers.join();
      const bytes = BigInt64Array.from(numbers, BigInt);
      const tensor =
        tensors.get(key) ??
        createTensor({
          name: editor.freshValueName('reduction'),
          ...{ dataType: DataType.int64, dims: [numbers.length], bytes },
        });
      tensors.set(key, tensor);
      return tensor.name!;
    };
    const { elements, rank, axis } = byName.get(value)!;
    // An odd step meets all channels.
    const step = 2 * Math.floor(elements / fewestCounted / 2) + 1;
    const fresh = (what: string) => editor.freshValueName(`${value}_${what}`);
    const [flat, part] = [fresh('flat'), fresh('part')];
    const slice = [flat, integers(0), integers(Number.MAX_SAFE_INTEGER), integers(0), integers(step)];
    const nodes = [
      createNode('Reshape', '', [value, integers(-1)], [flat]),
      createNode('Slice', '', slice, [part]),
      ...reductionsOf(value, editor),
    ];
    if (axis !== undefined) {
      const channels = (axis + rank) % rank;
      const others = Array.from({ length: rank }, (_, at) => at).filter((at) => at !== channels);
      const sums = fresh('sums');
      nodes.push(createNode('ReduceSum', '', [value, integers(...others)], [sums], { keepdims: 0n }));
      nodes.push(createNode('Size', '', [value], [fresh('size')]));
    }
    parts.set(value, nodes.flatMap(({ outputs }) => outputs).slice(1));
    return nodes;
  });
  const graph = reduced.graph!;
  const initializers = [...graph.initializers, ...tensors.values()];
  return { model: { ...reduced, graph: { ...graph, initializers } }, parts };
}

/** Adds one sample of a large value, in the order of its parts. */
export function addReduced(
  [part, minimum, maximum, sum, sums, size]: readonly FeedTensor[],
  statistics: ValueStatistics,
  channels: ChannelSums | undefined,
): void {
  const numberOf = (tensor: FeedTensor | undefined): number => Number((tensor!.data as Float32Array)[0]);
  statistics.addPart(part!.data as Float32Array, {
    ...{ minimum: numberOf(minimum), maximum: numberOf(maximum) },
    isFinite: Number.isFinite(numberOf(sum)),
  });
  if (sums !== undefined) channels?.addSums(sums.data as Float32Array, numberOf(size));
}
