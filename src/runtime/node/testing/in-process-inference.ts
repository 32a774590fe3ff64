/** The engine's Inference in this very process: tests of passes need no worker for each model that is run. */
import type { FeedTensor } from '../../../engine/data/feeds';
import type { Inference } from '../../../engine/inference';
import { withOutputs } from '../../../engine/onnx/parts/with-outputs';
import { WorkerSession, type SessionRealm } from '../../session/session';
import { SessionChain } from '../../session/session-chain';
import { partSpec } from '../../session/session-inference';
import { loadOrtInNode } from '../ort';

const realm: SessionRealm = { loadOrt: () => loadOrtInNode(1), recordOutput: () => [] };

/** Counts its sessions, so that a test can tell how many were opened and whether all are closed. */
export function createInProcessInference(): Inference & { readonly sessions: { opened: number; open: number } } {
  const sessions = { opened: 0, open: 0 };
  return {
    sessions,
    async open(signal, model, { outputs, resident, keepsFeeds, optimization, foldsDequantization } = {}) {
      signal.throwIfAborted();
      const session = new WorkerSession(realm);
      const wanted = outputs && [...outputs, ...(resident?.keys() ?? [])];
      await session.open({
        ...partSpec(wanted ? withOutputs(model, wanted) : model),
        ...(optimization === 'as-written' && { graphOptimizationLevel: 'disabled' as const }),
        ...(foldsDequantization !== undefined && { foldsDequantization }),
        ...(resident && { resident }),
        ...(keepsFeeds && { keepsFeeds }),
      });
      sessions.opened++;
      sessions.open++;
      return {
        async run(feeds): Promise<Readonly<Record<string, FeedTensor>>> {
          signal.throwIfAborted();
          session.feed(feeds);
          return (await session.run()).outputs;
        },
        async time(runs) {
          signal.throwIfAborted();
          return session.time(runs);
        },
        read: () => session.readResident(),
        close() {
          sessions.open--;
          void session.release();
        },
      };
    },
    openChain(signal) {
      const chain = new SessionChain(realm);
      let isOpen = false;
      return {
        async load(model, outputs) {
          signal.throwIfAborted();
          await chain.load(partSpec(withOutputs(model, outputs)));
          sessions.opened++;
          if (!isOpen) sessions.open++;
          isOpen = true;
        },
        async run(request) {
          signal.throwIfAborted();
          return chain.run(request);
        },
        forget: async (names) => chain.forget(names),
        close() {
          if (isOpen) sessions.open--;
          void chain.close();
        },
      };
    },
  };
}
