import { expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import type { Model, Node, Tensor } from '../../onnx/graph';
import { createTensor, readFloat32 } from '../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { passContext } from '../testing/pass-context';
import { runRestoreFloat } from './run-restore-float';

const network = (nodes: readonly Node[], initializers: readonly Tensor[]): Model =>
  model(graph({ nodes, initializers, inputs: [valueInfo('x', null)], outputs: [valueInfo('y', null)] }));
const int8 = (name: string, dims: readonly number[], values: readonly number[]) =>
  createTensor({ name, dataType: DataType.int8, dims, bytes: Int8Array.from(values) });
const restore = (given: Model) => runRestoreFloat(given, passContext());
const operators = ({ graph: main }: Model) => main!.nodes.map(({ opType }) => opType);
const floatsOf = ({ graph: main }: Model, name: string): readonly number[] => [
  ...readFloat32(main!.initializers.find((each) => each.name === name)!),
];

it('restores weights behind Cast and Mul, with scales per channel, per tensor, or on rows', async () => {
  const given = network(
    [
      node('Cast', ['q'], ['codes'], { to: 1n }),
      node('Mul', ['codes', 'rows'], ['w']),
      node('MatMul', ['x', 'w'], ['a']),
      node('Sub', ['codes', 'zero'], ['shifted']),
      node('Mul', ['one', 'shifted'], ['v']),
      node('MatMul', ['a', 'v'], ['b']),
      node('Gather', ['q', 'ids'], ['chosen']),
      node('Cast', ['chosen'], ['chosen_codes'], { to: 1n }),
      node('Mul', ['chosen_codes', 'one'], ['u']),
      node('Add', ['b', 'u'], ['y']),
    ],
    [
      int8('q', [2, 2], [1, -2, 3, 4]),
      floatTensor('rows', [2, 1], [0.1, 10]),
      floatTensor('zero', [], [1]),
      floatTensor('one', [], [0.5]),
      createTensor({ name: 'ids', dataType: DataType.int64, dims: [2], bytes: BigInt64Array.of(1n, 0n) }),
    ],
  );
  const { model: restored, changes } = await restore(given);
  expect(operators(restored)).toEqual(['MatMul', 'MatMul', 'Gather', 'Add']);
  expect(floatsOf(restored, 'w')).toEqual([Math.fround(0.1), -2 * Math.fround(0.1), 30, 40]);
  expect(floatsOf(restored, 'v')).toEqual([0, -1.5, 1, 1.5]);
  expect(floatsOf(restored, restored.graph!.nodes[2]!.inputs[0]!)).toEqual([0.5, -1, 1.5, 2]);
  expect(changes).toHaveLength(3);
  // A Mul with another shape, and one of wide integers, stay as they are.
  const other = network(
    [
      node('Cast', ['q'], ['codes'], { to: 1n }),
      node('Mul', ['codes', 'blocks'], ['w']),
      node('Cast', ['sizes'], ['wide'], { to: 1n }),
      node('Mul', ['wide', 'blocks'], ['v']),
      node('MatMul', ['w', 'v'], ['y']),
    ],
    [
      int8('q', [2, 2], [1, 2, 3, 4]),
      floatTensor('blocks', [2, 2], [1, 2, 3, 4]),
      createTensor({ name: 'sizes', dataType: DataType.int32, dims: [2, 2], bytes: Int32Array.of(1, 2, 3, 4) }),
    ],
  );
  expect((await restore(other)).model).toBe(other);
});
