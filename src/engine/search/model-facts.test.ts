import { describe, expect, it } from 'vitest';
import type { Inspection } from '../analysis/inspection';
import { holdsFloats, modelFacts, modelKind, type ModelFacts } from './model-facts';

const shares = { convolutions: 0, products: 0, recurrent: 0 };
const kindOf = (weights: Partial<typeof shares>, macs: { convolutions: number; products: number } | null = null) =>
  modelKind({ weightShares: { ...shares, ...weights }, macShares: macs } as ModelFacts);

describe('the main work of a model', () => {
  it('is found by multiply-adds if they are known', () => {
    expect(kindOf({ convolutions: 0.9 }, { convolutions: 0.4, products: 0.6 })).toBe('other');
    expect(kindOf({ products: 0.9 }, { convolutions: 0.5, products: 0.5 })).toBe('convolutions');
    expect(kindOf({ products: 0.9 }, { convolutions: 0.4, products: 0.6 })).toBe('products');
    expect(kindOf({ recurrent: 0.9 }, { convolutions: 0.6, products: 0 })).toBe('convolutions');
    expect(kindOf({ recurrent: 0.9 }, { convolutions: 0.4, products: 0 })).toBe('recurrent');
  });

  it('is told by weights else, of which convolutions need few', () => {
    expect(kindOf({ convolutions: 0.03, products: 0.9 })).toBe('convolutions');
    expect(kindOf({ convolutions: 0.02, products: 0.9 })).toBe('products');
    expect(kindOf({ recurrent: 0.4, products: 0.4 })).toBe('recurrent');
    expect(kindOf({ recurrent: 0.4, products: 0.5 })).toBe('products');
    expect(kindOf({ recurrent: 0.5, convolutions: 0.4 })).toBe('recurrent');
  });

  it('is elsewhere if it is in none of them', () => {
    expect(kindOf({})).toBe('other');
    expect(kindOf({}, { convolutions: 0.1, products: 0.1 })).toBe('other');
  });
});

it('says that there are floats to make smaller from a tenth of the weights on', () => {
  expect([0, 0.1, 0.11, 1].map((floatShare) => holdsFloats({ floatShare }))).toEqual([false, false, true, true]);
});

it('says that most weights are quantized or in 16 bits, which restore-float undoes', () => {
  const factsOf = (bytes: Readonly<Record<string, number>>, isQuantized: boolean, nodes: readonly object[] = []) => {
    const precision = Object.entries(bytes).map(([dtype, size]) => ({ dtype, bytes: size }));
    const weightBytes = precision.reduce((sum, each) => sum + each.bytes, 0);
    const inspection = {
      inputs: [],
      nodes,
      parameters: 1,
      weightBytes,
      precision,
      ...(isQuantized && { tensorrtRules: [] }),
    };
    return modelFacts(inspection as unknown as Inspection, 1000);
  };
  expect(factsOf({ int8: 800, float32: 100 }, true)).toMatchObject({ isLowPrecision: true });
  expect(factsOf({ float16: 800, float32: 100 }, false)).toMatchObject({ isLowPrecision: true });
  expect(factsOf({ int8: 800, float32: 100 }, false, [{ op: 'Cast', parameters: 0 }])).toMatchObject({
    isLowPrecision: true,
  });
  expect(holdsFloats(factsOf({ int8: 900, float32: 10 }, true))).toBe(true);
  for (const facts of [
    factsOf({ float32: 900 }, false),
    factsOf({ int8: 300, float32: 600 }, true),
    factsOf({ int8: 900 }, false),
    // The file holds almost no weights.
    factsOf({ int8: 50 }, true),
  ]) {
    expect(facts).not.toHaveProperty('isLowPrecision');
  }
});
