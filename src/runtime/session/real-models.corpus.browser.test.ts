import { describe, it } from 'vitest';
import { expectSame, expectSameOnWebnn, fetchHalved } from '../testing/real-models';

/** Silero legacy is left out of WebNN: the runtime fails to make a session for it (see docs/benchmark-method.md). */
const others = ['detector', 'recogniser', 'Silero 5', 'BlazeFace front', 'BlazeFace back'] as const;

describe('real models', () => {
  it.each(others)('%s gives the same on webnn-cpu as on wasm', expectSameOnWebnn);
});

/** All layers of Silero are in the bodies of If, where no channel goes. */
const halved = [
  ...(['detector', 'recogniser', 'classifier', 'BlazeFace front', 'BlazeFace back'] as const),
  ...(['fashion-cnn', 'fashion-lstm', 'fashion-transformer', 'digits-mlp'] as const),
];

describe('real models without half of their MACs', () => {
  it.each(halved)('%s gives the same on webgpu and webnn-cpu as on wasm', async (name) => {
    const files = await fetchHalved(name);
    await expectSame(name, files, 'webgpu');
    await expectSame(name, files, 'webnn-cpu');
  });
});
