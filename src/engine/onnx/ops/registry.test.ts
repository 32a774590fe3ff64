import { afterEach, describe, expect, it, vi } from 'vitest';
import { DataType } from '../data-type';
import { graph, model, node, valueInfo } from '../testing/build';
import type { OperatorRecord } from './operator';
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

describe('what is asked of a node', () => {
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

describe('a new operator', () => {
  afterEach(() => {
    vi.doUnmock('./matrix');
    vi.resetModules();
  });

  it('is known everywhere from one record in the file of its family', async () => {
    const record: OperatorRecord = {
      shapes: (facts) => [[facts.shape(0)?.[0] ?? null, facts.shape(1)?.[1] ?? null]],
      elementTypes: () => [DataType.float16],
      weights: [{ input: 1 }],
      macs: () => 42,
      work: () => 7,
      isRandom: true,
    };
    vi.resetModules();
    vi.doMock(import('./matrix'), async (original) => {
      const families = await original();
      return { ...families, matrixProducts: { ...families.matrixProducts, NoisyMatMul: record } };
    });
    const { inferModel } = await import('../infer');
    const { inferElementTypes } = await import('../element-types');
    const registry = await import('./registry');

    const noisy = node('NoisyMatMul', ['x', 'w'], ['y']);
    const main = graph({
      inputs: [valueInfo('x', [2, 3]), valueInfo('w', [3, 5])],
      nodes: [noisy],
      outputs: [{ name: 'y' }],
    });
    const inferred = inferModel(model(main));
    expect(inferred.value(main, 'y')).toMatchObject({ elementType: DataType.float16, shape: [2, 5] });
    expect(inferElementTypes(model(main)).get(main, 'y')).toBe(DataType.float16);
    expect([inferred.macs(noisy), inferred.elementwise(noisy)]).toEqual([42, 7]);
    expect(inferred.bytes(noisy)).toBe(4 * (2 * 3 + 3 * 5) + 2 * (2 * 5));
    expect(registry.weightOperandsOf(noisy)).toEqual([{ input: 1 }]);
    expect(registry.drawsRandomNumbers(noisy)).toBe(true);
  });
});
