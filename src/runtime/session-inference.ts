import type { Inference } from '../engine/inference';
import { encodeModel } from '../engine/onnx/codec/encode';
import type { SessionHost } from './session-host';

/** Runs the models of passes in sessions of a host: one session each, ended afterwards. */
export function createSessionInference(openHost: () => SessionHost): Inference {
  return {
    async run(signal, model, feeds) {
      const parts = encodeModel(model).parts.map((part) => (part instanceof Uint8Array ? part : part.read()));
      const session = await openHost().open(signal, {
        files: { model: new Blob(parts as Uint8Array<ArrayBuffer>[]), name: 'part.onnx', externalData: [] },
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
