import { describe, expect, it } from 'vitest';
import type { Node, Tensor } from '../../../onnx/graph';
import { floatTensor, node } from '../../../onnx/testing/build';
import { operators } from '../testing/simplified.runtime';
import { chain, merged, untouched } from './testing/merged-chain.runtime';

describe('mergeArithmetic', () => {
  const two = [floatTensor('p', [], [3]), floatTensor('q', [6], [1, 2, 3, 4, 5, 6])];

  it.each<[string, string, string]>([
    ['Mul', 'Mul', 'Mul'],
    ['Mul', 'Div', 'Mul'],
    ['Div', 'Mul', 'Mul'],
    ['Div', 'Div', 'Div'],
    ['Add', 'Add', 'Add'],
    ['Add', 'Sub', 'Add'],
    ['Sub', 'Sub', 'Sub'],
  ])('makes one of %s, %s', async (first, second, expected) => {
    const nodes = [node(first, ['x', 'p'], ['a']), node(second, ['a', 'q'], ['y'])];
    expect(operators(await merged(chain(nodes, { initializers: two }), false))).toEqual([expected]);
  });

  it.each<[string, readonly Node[], readonly Tensor[]]>([
    [
      'constants that together would be larger',
      [node('Mul', ['x', 'p'], ['a']), node('Mul', ['a', 'q'], ['y'])],
      [floatTensor('p', [4, 1], [1, 2, 3, 4]), floatTensor('q', [6], [1, 2, 3, 4, 5, 6])],
    ],
    [
      'constants that together leave the range',
      [node('Mul', ['x', 'p'], ['a']), node('Mul', ['a', 'q'], ['y'])],
      [floatTensor('p', [], [1e-30]), floatTensor('q', [], [1e-30])],
    ],
    ['a number divided by what is computed', [node('Mul', ['x', 'p'], ['a']), node('Div', ['q', 'a'], ['y'])], two],
    ['two kinds', [node('Mul', ['x', 'p'], ['a']), node('Add', ['a', 'q'], ['y'])], two],
    [
      'what is read elsewhere',
      [node('Mul', ['x', 'p'], ['a']), node('Mul', ['a', 'q'], ['b']), node('Add', ['a', 'b'], ['y'])],
      two,
    ],
  ])('leaves %s', async (_name, nodes, initializers) => {
    await untouched(chain(nodes, { initializers }));
  });
});
