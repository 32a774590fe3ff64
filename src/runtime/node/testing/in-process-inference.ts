/** The engine's Inference in this very process: tests of passes need no worker for each model that is run. */
import type { FeedTensor } from '../../../engine/data/feeds';
import type { Inference } from '../../../engine/inference';
import { withOutputs } from '../../../engine/onnx/with-outputs';
import { blobOfModel } from '../../models/model-blob';
import { WorkerSession } from '../../session/session';
import { loadOrtInNode } from '../ort';

/** Counts its sessions, so that a test can tell how many were opened and whether all are closed. */
export function createInProcessInference(): Inference & { readonly sessions: { opened: number; open: number } } {
  const sessions = { opened: 0, open: 0 };
  return {
    sessions,
    async open(signal, model, { outputs, resident, optimization, foldsDequantization } = {}) {
      signal.throwIfAborted();
      const session = new WorkerSession({ loadOrt: () => loadOrtInNode(1), recordOutput: () => [] });
      const wanted = outputs && [...outputs, ...(resident?.keys() ?? [])];
      await session.open({
        files: { model: blobOfModel(wanted ? withOutputs(model, wanted) : model), name: 'part.onnx', externalData: [] },
        ep: 'wasm',
        threads: 1,
        freeDimensions: {},
        profile: false,
        ...(optimization === 'as-written' && { graphOptimizationLevel: 'disabled' as const }),
        ...(foldsDequantization !== undefined && { foldsDequantization }),
        ...(resident && { resident }),
      });
      sessions.opened++;
      sessions.open++;
      return {
        async run(feeds): Promise<Readonly<Record<string, FeedTensor>>> {
          signal.throwIfAborted();
          session.feed(feeds);
          return (await session.run()).outputs;
        },
        read: () => session.readResident(),
        close() {
          sessions.open--;
          void session.release();
        },
      };
    },
  };
}
