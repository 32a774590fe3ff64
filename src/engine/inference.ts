/** How passes run a model. The engine only states it; the runtime implements it. */
import type { Feeds } from './data/feeds';
import type { Model } from './onnx/graph';

export interface Inference {
  /**
   * One run of a valid model on the WASM provider: the reference for what an operator computes. Rejects with the signal's
   * reason once aborted, and with the runtime's error for a model that it cannot run.
   */
  run(signal: AbortSignal, model: Model, feeds: Feeds): Promise<Feeds>;
}
