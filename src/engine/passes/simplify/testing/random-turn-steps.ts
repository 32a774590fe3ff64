/** Steps with bodies in which sizes are not the same in every turn. */
import { DataType } from '../../../onnx/data-type';
import { graph, node, valueInfo } from '../../../onnx/testing/build';
import type { AddStep } from './add-step';
import type { GrowingGraph, RandomValue } from './growing-graph';

const hasAxes = ({ shape, type }: RandomValue) => type === DataType.float32 && shape.length > 0;

/** Reads the sizes of a value of which only the rank is known here. */
function readSizes(growing: GrowingGraph, name: string, rank: number): void {
  const sizes = growing.add(node('Shape', [name], []), [rank], DataType.int64);
  growing.add(node('Add', [sizes.name, growing.integers([1])], []), [rank], DataType.int64);
}

/** Values that follow each other, the last of which grows; the condition is an input, or known, or not there. */
const growInLoop: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, hasAxes);
  if (value === undefined) return;
  const rank = value.shape.length;
  const fresh = () => growing.freshName();
  const [turn, go, next, grown, sizes, row] = [fresh(), fresh(), fresh(), fresh(), fresh(), fresh()];
  const carried = Array.from({ length: 1 + (second % 4) }, fresh);
  const handed = carried.slice(1).map((name) => node('Identity', [name], [fresh()]));
  const body = graph({
    inputs: [
      valueInfo(turn, [], DataType.int64),
      valueInfo(go, [], DataType.bool),
      ...carried.map((name) => valueInfo(name, null)),
    ],
    nodes: [
      node('Identity', [third % 5 === 0 ? 'condition' : go], [next]),
      ...handed,
      node('Concat', [carried.at(-1)!, value.name], [grown], { axis: BigInt(third % rank) }),
      node('Shape', [carried[0]!], [sizes]),
      node('Add', [sizes, turn], [row]),
    ],
    outputs: [
      valueInfo(next, [], DataType.bool),
      ...[...handed.map(({ outputs }) => outputs[0]!), grown].map((name) => valueInfo(name, null)),
      valueInfo(row, [rank], DataType.int64),
    ],
  });
  const conditions = ['', 'condition', growing.boolean(true), growing.boolean(false)];
  const inputs = [growing.integers([third % 4], true), conditions[second % 4]!, ...carried.map(() => value.name)];
  const [rows, ...last] = [fresh(), ...carried.map(fresh)];
  growing.nodes.push(node('Loop', inputs, [...last, rows!], { body }));
  for (const name of last) readSizes(growing, name, rank);
  readSizes(growing, rows!, 2);
};

/** A value and a longer one, to which a body adds how many sizes they have. */
const mapSequence: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, hasAxes);
  if (value === undefined || growing.opset < 17) return;
  const axis = third % value.shape.length;
  const longerShape = value.shape.with(axis, 2 * value.shape[axis]!);
  const longer = growing.add(node('Concat', [value.name, value.name], [], { axis: BigInt(axis) }), longerShape);
  const fresh = () => growing.freshName();
  const [item, sizes, numbers, sum, more] = [fresh(), fresh(), fresh(), fresh(), fresh()];
  const body = graph({
    inputs: [valueInfo(item, null)],
    nodes: [
      node('Shape', [item], [sizes]),
      node('Cast', [sizes], [numbers], { to: BigInt(DataType.float32) }),
      node('ReduceSum', [numbers], [sum]),
      node('Add', [item, sum], [more]),
    ],
    outputs: [valueInfo(more, null)],
  });
  const [list, mapped] = [fresh(), fresh()];
  const places = second % 2 === 0 ? [value, longer] : [longer, value];
  growing.nodes.push(
    node(
      'SequenceConstruct',
      places.map(({ name }) => name),
      [list],
    ),
    node('SequenceMap', [list], [mapped], { body }),
  );
  for (const [place, { shape }] of places.entries()) {
    growing.add(node('SequenceAt', [mapped, growing.integers([place], true)], []), shape);
  }
};

export const turnSteps: readonly AddStep[] = [growInLoop, growInLoop, mapSequence];
