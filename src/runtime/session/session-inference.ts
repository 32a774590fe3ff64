import type { Inference } from '../../engine/inference';
import type { Model } from '../../engine/onnx/graph';
import { withOutputs } from '../../engine/onnx/parts/with-outputs';
import { wholeBlobOfModel } from '../files/model-blob';
import type { ChainHost } from './session-host';
import type { SessionSpec } from './session-spec';

/**
 * Runs the models of passes in sessions of a host, each in a worker of its own. Sessions of one host take turns: `openHost` is
 * called once, so that two runs never happen at the same time.
 * @param deviceThreads how many threads suit this device.
 */
export function createSessionInference(openHost: () => ChainHost, deviceThreads = 1): Inference {
  let host: ChainHost | undefined;
  return {
    async open(signal, model, options = {}) {
      host ??= openHost();
      const { outputs, resident, keepsFeeds, provider, threads, optimization, foldsDequantization } = options;
      const wanted = outputs && [...outputs, ...(resident?.keys() ?? [])];
      const session = await host.open(signal, {
        ...partSpec(wanted ? withOutputs(model, wanted) : model),
        ep: provider ?? 'wasm',
        threads: threads === 'device' ? deviceThreads : (threads ?? 1),
        ...(optimization === 'as-written' && { graphOptimizationLevel: 'disabled' as const }),
        ...(foldsDequantization !== undefined && { foldsDequantization }),
        ...(resident && { resident }),
        ...(keepsFeeds && { keepsFeeds }),
      });
      return {
        async run(feeds) {
          return (await session.run(feeds)).outputs;
        },
        time: (runs) => session.time(runs),
        read: () => session.readResident(),
        close: () => session.close(),
      };
    },
    async availability(provider) {
      host ??= openHost();
      return host.availability(provider);
    },
    openChain(signal) {
      host ??= openHost();
      const chain = host.openChain(signal);
      return { ...chain, load: (model, outputs) => chain.load(partSpec(withOutputs(model, outputs))) };
    },
  };
}

/**
 * The spec for WASM with one thread. A pass has the model in memory, not its files, so external data goes into the one
 * file.
 */
export function partSpec(model: Model): SessionSpec {
  const files = { model: wholeBlobOfModel(model), name: 'part.onnx', externalData: [] };
  return { files, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false };
}
