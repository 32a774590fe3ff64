/** Models with half of their MACs removed, on each provider. */
import { describe, it } from 'vitest';
import { expectSame, fetchHalved } from '../testing/real-models';

/** All layers of Silero are in the bodies of If, where no channel goes. The other BlazeFace is the same network on larger pictures. */
const halved = [
  ...(['detector', 'recognizer', 'classifier', 'BlazeFace front'] as const),
  ...(['fashion-cnn', 'fashion-lstm', 'fashion-transformer', 'digits-mlp'] as const),
];

describe('real models without half of their MACs', () => {
  it.each(halved)('%s gives the same on webgpu and webnn-cpu as on wasm', async (name) => {
    await expectSame(name, await fetchHalved(name), 'webgpu', 'webnn-cpu');
  });
});
