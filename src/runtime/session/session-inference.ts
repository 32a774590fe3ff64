import type { Inference } from '../../engine/inference';
import { withOutputs } from '../../engine/onnx/with-outputs';
import { blobOfModel } from '../models/model-blob';
import type { SessionHost } from './session-host';

/**
 * Runs the models of passes in sessions of a host, each in a worker of its own. Sessions of one host take turns: `openHost` is
 * called once, so that two runs never happen at the same time.
 * @param deviceThreads how many threads suit this device.
 */
export function createSessionInference(openHost: () => SessionHost, deviceThreads = 1): Inference {
  let host: SessionHost | undefined;
  return {
    async open(signal, model, options = {}) {
      host ??= openHost();
      const { outputs, resident, provider, threads, optimization, foldsDequantization } = options;
      const wanted = outputs && [...outputs, ...(resident?.keys() ?? [])];
      const session = await host.open(signal, {
        files: { model: blobOfModel(wanted ? withOutputs(model, wanted) : model), name: 'part.onnx', externalData: [] },
        ep: provider ?? 'wasm',
        threads: threads === 'device' ? deviceThreads : (threads ?? 1),
        freeDimensions: {},
        profile: false,
        ...(optimization === 'as-written' && { graphOptimizationLevel: 'disabled' as const }),
        ...(foldsDequantization !== undefined && { foldsDequantization }),
        ...(resident && { resident }),
      });
      return {
        async run(feeds) {
          await session.feed(feeds);
          return (await session.run()).outputs;
        },
        read: () => session.readResident(),
        close: () => session.close(),
      };
    },
  };
}
