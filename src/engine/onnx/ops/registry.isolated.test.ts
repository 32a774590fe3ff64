import { afterEach, describe, expect, it, vi } from 'vitest';
import { DataType } from '../data-type';
import { graph, model, node, valueInfo } from '../testing/build';
import type { OperatorRecord } from './operator-record';

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
