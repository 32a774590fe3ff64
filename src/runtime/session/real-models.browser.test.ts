import { describe, expect, it } from 'vitest';
import { expectSameOnWebnn, fetchRealModel, runRealModel } from '../testing/real-models';

describe('real models', () => {
  it('Silero legacy runs on wasm', async () => {
    const name = 'Silero legacy';
    const { placement, outputs } = await runRealModel(name, await fetchRealModel(name), 'wasm');
    expect(Object.keys(placement)).toEqual(['CPUExecutionProvider']);
    expect(outputs.output?.dims).toEqual([1, 1]);
  });

  it.each(['classifier', 'Silero 6'] as const)('%s gives the same on webnn-cpu as on wasm', (name) =>
    expectSameOnWebnn(name),
  );
});
