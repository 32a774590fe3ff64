import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import { graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { removeUnused } from './remove-unused';
import { simplified } from './testing/simplified.runtime';
import { withoutUnusedResults } from './remove-unused';

const reads =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(name);

describe('withoutUnusedResults', () => {
  it.each([
    [node('MaxPool', ['x'], ['y', 'places'], { kernel_shape: [2n, 2n] }), ['y']],
    [node('Dropout', ['x'], ['y', 'mask']), ['y']],
    [node('LSTM', ['x', 'w', 'r'], ['all', 'y', 'cell'], { hidden_size: 2n }), ['', 'y']],
  ])('omits optional results', (original, outputs) => {
    expect(withoutUnusedResults(original, reads('y')).outputs).toEqual(outputs);
  });

  it.each([
    node('TopK', ['x', 'k'], ['y', 'places']),
    node('Split', ['x'], ['y', 'rest']),
    node('MaxPool', ['x'], ['other', 'y'], { kernel_shape: [2n, 2n] }),
    node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y', 'mean', 'variance'], { training_mode: 1n }),
    node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y', 'mean', 'variance', 'saved', 'other']),
    node('MaxPool', ['x'], ['y', 'mask'], { kernel_shape: [2n, 2n] }, { domain: 'com.example' }),
  ])('keeps required results: %o', (original) => {
    expect(withoutUnusedResults(original, reads('y'))).toBe(original);
  });

  it('removes a result of an If, with its computation in both branches', async () => {
    const branch = (first: string, second: string) =>
      graph({
        nodes: [node(first, ['x'], ['a']), node(second, ['x'], ['b'])],
        outputs: [valueInfo('a', ['N', 4]), valueInfo('b', ['N', 4])],
      });
    const original = model(
      graph({
        nodes: [
          node('If', ['c'], ['idle', 'y'], { then_branch: branch('Neg', 'Relu'), else_branch: branch('Exp', 'Abs') }),
        ],
        inputs: [valueInfo('x', ['N', 4]), valueInfo('c', [], DataType.bool)],
        outputs: [valueInfo('y', ['N', 4])],
      }),
    );
    const { model: result } = await simplified(original, removeUnused, { exact: true });
    const [choice] = result.graph!.nodes;
    expect(choice!.outputs).toEqual(['y']);
    expect(choice!.attributes.map(({ g }) => g!.nodes.map(({ opType }) => opType))).toEqual([['Relu'], ['Abs']]);
  });

  it('takes rows away that a Loop collects, and no value that it carries', async () => {
    const body = graph({
      nodes: [
        node('Identity', ['go'], ['on']),
        node('Add', ['sum', 'x'], ['next']),
        node('Neg', ['sum'], ['row']),
        node('Exp', ['sum'], ['idle']),
      ],
      inputs: [valueInfo('turn', [], DataType.int64), valueInfo('go', [], DataType.bool), valueInfo('sum', [4])],
      outputs: [
        valueInfo('on', [], DataType.bool),
        valueInfo('next', [4]),
        valueInfo('idle', [4]),
        valueInfo('row', [4]),
      ],
    });
    const original = model(
      graph({
        nodes: [node('Loop', ['count', '', 'x'], ['last', 'idles', 'rows'], { body })],
        initializers: [int64Tensor('count', [], [3])],
        inputs: [valueInfo('x', [4])],
        outputs: [valueInfo('rows', [3, 4])],
      }),
    );
    const { model: result } = await simplified(original, removeUnused, { exact: true });
    const [loop] = result.graph!.nodes;
    expect(loop!.outputs).toEqual(['last', 'rows']);
    expect(loop!.attributes[0]!.g!.outputs.map(({ name }) => name)).toEqual(['on', 'next', 'row']);
    expect(loop!.attributes[0]!.g!.nodes.map(({ opType }) => opType)).toEqual(['Identity', 'Add', 'Neg']);
  });
});
