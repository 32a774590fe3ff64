import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../runtime/node/testing/in-process-inference';
import type { Feeds } from '../data/feeds';
import { DataType } from '../onnx/data-type';
import { float32ToFloat16 } from '../onnx/half-float';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { PairedValues, type PairedValue } from './paired-values';

/** x → ×a → r → +skip … with a value that jumps over the middle. */
const chain = model(
  graph({
    nodes: [
      node('Mul', ['x', 'a'], ['first']),
      node('Relu', ['first'], ['middle']),
      node('Mul', ['middle', 'b'], ['second']),
      node('Add', ['second', 'first'], ['sum']),
      node('Mul', ['sum', 'c'], ['y']),
    ],
    initializers: ['a', 'b', 'c'].map((name) => floatTensor(name, [], [2])),
    inputs: [valueInfo('x', [1, 2])],
    outputs: [valueInfo('y', [1, 2])],
  }),
);

async function* feeds(): AsyncIterable<Feeds> {
  for (const value of [1, 2, 3]) yield { x: { dtype: 'float32', dims: [1, 2], data: Float32Array.of(value, -value) } };
}

const numbers = ({ original, changed }: PairedValue): readonly (readonly number[] | undefined)[] => [
  [...(original.data as Float32Array)],
  changed && [...(changed.data as Float32Array)],
];

describe('PairedValues', () => {
  it.each([
    ['keeping values between layers', 1000],
    ['computing again what does not fit', 10],
  ])('gives each value of both models, %s', async (_, mostBytes) => {
    const inference = createInProcessInference();
    const { signal } = new AbortController();
    const values = new PairedValues({
      ...{ signal, inference, model: chain, values: ['x', 'middle', 'sum'], feeds, mostBytes },
    });
    const seen: unknown[] = [];
    const visit = (name: string) => values.visit(name, (pair) => void seen.push(numbers(pair)));
    await visit('x');
    expect(seen.splice(0)).toEqual([
      [[1, -1], undefined],
      [[2, -2], undefined],
      [[3, -3], undefined],
    ]);
    values.replace('a', floatTensor('a', [], [3]));
    await visit('middle');
    expect(seen.splice(0)).toEqual([
      [
        [2, 0],
        [3, 0],
      ],
      [
        [4, 0],
        [6, 0],
      ],
      [
        [6, 0],
        [9, 0],
      ],
    ]);
    values.replace('b', floatTensor('b', [], [1]));
    await visit('sum');
    expect(seen.splice(0)).toEqual([
      [
        [6, -2],
        [6, -3],
      ],
      [
        [12, -4],
        [12, -6],
      ],
      [
        [18, -6],
        [18, -9],
      ],
    ]);
    values.close();
    expect(inference.sessions).toEqual({ opened: 2, open: 0 });
  });

  it('gives several values of the changed model together, from a Constant node that is replaced', async () => {
    const inference = createInProcessInference();
    const { signal } = new AbortController();
    const { graph: own } = chain;
    const constant = node('Constant', [], ['a'], { value: floatTensor('', [], [2]) });
    const initializers = own!.initializers.filter(({ name }) => name !== 'a');
    const values = new PairedValues({
      ...{ signal, inference, feeds, changedAlone: true },
      model: { ...chain, graph: { ...own!, nodes: [constant, ...own!.nodes], initializers } },
      values: ['x', 'first', 'second', 'first'],
    });
    const seen: unknown[] = [];
    await values.visitTogether(['x'], () => undefined);
    values.replace('a', floatTensor('', [], [3]));
    await values.visitTogether(['first'], () => undefined);
    values.replace('b', floatTensor('b', [], [1]));
    await values.visitTogether(['second', 'first'], (pairs, sample) => {
      seen.push([sample, ...Array.from(pairs, ([name, pair]) => [name, ...numbers(pair)])]);
    });
    expect(seen[2]).toEqual([2, ['second', [9, 0], undefined], ['first', [9, -9], undefined]]);
    values.close();
    expect(inference.sessions.open).toBe(0);
  });

  it('feeds floats to inputs of float16', async () => {
    const half = model(
      graph({
        nodes: [node('Relu', ['x'], ['kept']), node('Neg', ['x'], ['y'])],
        inputs: [valueInfo('x', [1, 2], DataType.float16)],
        outputs: [valueInfo('y', [1, 2], DataType.float16)],
      }),
    );
    const { signal } = new AbortController();
    const inference = createInProcessInference();
    const values = new PairedValues({ signal, inference, model: half, values: ['kept', 'y'], feeds });
    const seen: unknown[] = [];
    for (const name of ['kept', 'y']) await values.visit(name, ({ original }) => void seen.push([...original.data]));
    values.close();
    const halves = (...floats: number[]) => [...float32ToFloat16(Float32Array.from(floats))];
    expect(seen).toEqual([
      ...[halves(1, 0), halves(2, 0), halves(3, 0)],
      ...[halves(-1, 1), halves(-2, 2), halves(-3, 3)],
    ]);
  });
});
