import { describe, expect, it } from 'vitest';
import type { Graph } from '../../onnx/graph';
import { DataType } from '../../onnx/data-type';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { createTensor } from '../../onnx/tensor';
import { inlineBranches } from './inline-branches';
import { operators, simplified } from './testing/simplified.runtime';

const condition = (value: boolean) =>
  createTensor({ name: 'c', dataType: DataType.bool, dims: [], bytes: Uint8Array.of(Number(value)) });

const branch = (op: string, weight: number): Graph =>
  graph({
    nodes: [node(op, ['a', 'w'], ['inner']), node('Relu', ['inner'], ['out'])],
    initializers: [floatTensor('w', [], [weight])],
    outputs: [valueInfo('out', ['N', 4])],
  });

const choosing = (value: boolean, yes: Graph, no: Graph) =>
  model(
    graph({
      nodes: [node('Neg', ['x'], ['a']), node('If', ['c'], ['y'], { then_branch: yes, else_branch: no })],
      initializers: [condition(value)],
      inputs: [valueInfo('x', ['N', 4])],
      outputs: [valueInfo('y', ['N', 4])],
    }),
  );

describe('inline-branches', () => {
  it.each([
    [true, ['Neg', 'Mul', 'Relu']],
    [false, ['Neg', 'Add', 'Relu']],
  ])('replaces an If whose condition is %s', async (value, expected) => {
    const original = choosing(value, branch('Mul', 2), branch('Add', 3));
    const { model: result } = await simplified(original, inlineBranches, { exact: true });
    expect(operators(result)).toEqual(expected);
    expect(result.graph!.nodes.at(-1)!.outputs).toEqual(['y']);
  });

  it('lets results change their names all at once', async () => {
    const swapped = graph({
      nodes: [node('Exp', ['a'], ['q']), node('Neg', ['q'], ['p'])],
      outputs: [valueInfo('q', ['N', 4]), valueInfo('p', ['N', 4])],
    });
    const original = model(
      graph({
        nodes: [
          node('Neg', ['x'], ['a']),
          node('If', ['c'], ['p', 'q'], { then_branch: swapped, else_branch: swapped }),
        ],
        initializers: [condition(true)],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('p', ['N', 4]), valueInfo('q', ['N', 4])],
      }),
    );
    const { model: result } = await simplified(original, inlineBranches, { exact: true });
    expect(result.graph!.nodes.map(({ opType, inputs, outputs }) => [opType, ...inputs, ...outputs])).toEqual([
      ['Neg', 'x', 'a'],
      ['Exp', 'a', 'p'],
      ['Neg', 'p', 'q'],
    ]);
  });

  it('hands on a constant by a node, since the output keeps its name', async () => {
    const constant = graph({
      initializers: [floatTensor('fixed', [1, 4], [1, 2, 3, 4])],
      outputs: [valueInfo('fixed', [1, 4])],
    });
    const original = choosing(true, constant, branch('Add', 3));
    const { model: result } = await simplified(original, inlineBranches, { exact: true });
    expect(operators(result)).toEqual(['Neg', 'Identity']);
    expect(result.graph!.nodes[1]!).toMatchObject({ inputs: ['fixed'], outputs: ['y'] });
  });

  it('hands on a constant under a name that the branch has too', async () => {
    const constant = graph({
      nodes: [node('Exp', ['a'], ['y']), node('Neg', ['y'], ['out'])],
      initializers: [floatTensor('fixed', [1, 4], [1, 2, 3, 4])],
      outputs: [valueInfo('fixed', [1, 4]), valueInfo('out', ['N', 4])],
    });
    const { graph: main, ...rest } = choosing(true, constant, constant);
    const nodes = main!.nodes.map((each) => (each.opType === 'If' ? { ...each, outputs: ['y', 'z'] } : each));
    const outputs = [valueInfo('y', [1, 4]), valueInfo('z', ['N', 4])];
    const { model: result } = await simplified({ ...rest, graph: { ...main!, nodes, outputs } }, inlineBranches);
    expect(operators(result)).toEqual(['Neg', 'Exp', 'Neg', 'Identity']);
    expect(result.graph!.nodes.at(-1)!.outputs).toEqual(['y']);
  });

  it('follows a condition that is computed from shapes, and goes on inside', async () => {
    const nested = graph({
      nodes: [node('If', ['c'], ['out'], { then_branch: branch('Mul', 2), else_branch: branch('Add', 3) })],
      outputs: [valueInfo('out', ['N', 4])],
    });
    const original = model(
      graph({
        nodes: [
          node('Neg', ['x'], ['a']),
          node('Shape', ['x'], ['shape']),
          node('Size', ['shape'], ['rank']),
          node('Equal', ['rank', 'two'], ['isMatrix']),
          node('If', ['isMatrix'], ['y'], { then_branch: nested, else_branch: branch('Sub', 1) }),
        ],
        initializers: [
          condition(true),
          createTensor({ name: 'two', dataType: DataType.int64, dims: [], bytes: BigInt64Array.of(2n) }),
        ],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('y', ['N', 4])],
      }),
    );
    const first = await simplified(original, inlineBranches, { exact: true });
    expect(operators(first.model)).toContain('Mul');
  });

  it('leaves an If whose condition is an input', async () => {
    const original = choosing(true, branch('Mul', 2), branch('Add', 3));
    const open = {
      ...original,
      graph: { ...original.graph!, initializers: [], inputs: [...original.graph!.inputs, valueInfo('c', [], 9)] },
    };
    expect((await simplified(open, inlineBranches)).model).toBe(open);
  });
});
