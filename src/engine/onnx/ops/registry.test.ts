import { describe, expect, it } from 'vitest';
import { symbolicSize, type Size } from '../size';
import { node } from '../testing/build';
import { NodeFacts } from './operator';
import { drawsRandomNumbers, operatorRecord, takesWideIntegerWeight, weightOperandsOf } from './registry';

describe('drawsRandomNumbers', () => {
  it.each([
    [node('RandomNormalLike', ['x'], ['y']), true],
    [node('Dropout', ['x', 'ratio', 'training'], ['y']), true],
    [node('Dropout', ['x', '', ''], ['y']), false],
    [node('Dropout', ['x'], ['y']), false],
    [node('Relu', ['x'], ['y']), false],
    [node('Bernoulli', ['x'], ['y'], {}, { domain: 'com.example' }), true],
  ])('%#', (given, expected) => {
    expect(drawsRandomNumbers(given)).toBe(expected);
  });
});

describe('operators of ai.onnx.ml', () => {
  const lines = { coefficients: [1, 2, 3, 4, 5, 6], intercepts: [0, 0], classlabels_ints: [0n, 1n] };
  const classifier = node('LinearClassifier', ['x'], ['y', 'scores'], lines, { domain: 'ai.onnx.ml' });

  it('multiply each sample with each coefficient once, and take a symbol for their number', () => {
    const facts = (...shape: readonly Size[]) => new NodeFacts(classifier, 3, [{ shape }]);
    const record = operatorRecord(classifier)!;
    expect(record.macs?.(facts(5, 3), [])).toBe(30);
    const samples = symbolicSize('N');
    expect(record.shapes(facts(samples, 3))).toEqual([[samples], [samples, 2]]);
    expect(record.shapes(new NodeFacts(classifier, 3, [{}]))).toEqual([]);
  });
});

describe('requirements for a node', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', ''])(
    'finds nothing under the name "%s"',
    (name) => {
      for (const domain of [undefined, 'ai.onnx', 'com.microsoft', 'constructor', '__proto__']) {
        const named = node(name, ['x', 'w'], ['y'], {}, { domain });
        expect(operatorRecord(named)).toBeUndefined();
        expect(weightOperandsOf(named)).toEqual([]);
        expect(takesWideIntegerWeight(named, 0)).toBe(false);
        expect(drawsRandomNumbers(named)).toBe(false);
      }
    },
  );

  it('depends on the domain', () => {
    const inDomain = (domain?: string) => operatorRecord({ opType: 'Attention', domain });
    expect(inDomain('ai.onnx')).toBe(inDomain());
    expect(inDomain('com.microsoft')).not.toBe(inDomain());
    expect(inDomain('com.example')).toBeUndefined();
  });

  it('counts every operand of an Einsum as a weight', () => {
    expect(weightOperandsOf(node('Einsum', ['a', 'b', 'c'], ['y'])).map(({ input }) => input)).toEqual([0, 1, 2]);
  });
});
