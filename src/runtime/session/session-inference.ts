import type { Inference } from '../../engine/inference';
import { blobOfModel } from '../models/model-blob';
import type { SessionHost } from './session-host';

/** Runs the models of passes in sessions of a host: one session each, ended afterwards. */
export function createSessionInference(openHost: () => SessionHost): Inference {
  return {
    async run(signal, model, feeds) {
      const session = await openHost().open(signal, {
        files: { model: blobOfModel(model), name: 'part.onnx', externalData: [] },
        ep: 'wasm',
        threads: 1,
        freeDimensions: {},
        profile: false,
      });
      try {
        await session.feed(feeds);
        return (await session.run()).outputs;
      } finally {
        session.close();
      }
    },
  };
}
