/** The engine's Inference in this very process: tests of passes need no worker for each model that is run. */
import type { FeedTensor } from '../../../engine/data/feeds';
import type { Inference } from '../../../engine/inference';
import { withOutputs } from '../../../engine/onnx/parts/with-outputs';
import { WorkerSession, type SessionRealm } from '../../session/session';
import { SessionChain } from '../../session/session-worker-api';
import { partSpec } from '../../session/session-inference';
import { turnOfProcess } from '../../testing/run-model';
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
      const spec = {
        ...partSpec(wanted ? withOutputs(model, wanted) : model),
        ...(optimization === 'as-written' && { graphOptimizationLevel: 'disabled' as const }),
        ...(foldsDequantization !== undefined && { foldsDequantization }),
        ...(resident && { resident }),
        ...(keepsFeeds && { keepsFeeds }),
      };
      await turnOfProcess.take(() => session.open(spec));
      sessions.opened++;
      sessions.open++;
      return {
        async run(feeds): Promise<Readonly<Record<string, FeedTensor>>> {
          signal.throwIfAborted();
          return (await turnOfProcess.take(() => session.run(feeds))).outputs;
        },
        async time(runs) {
          signal.throwIfAborted();
          return turnOfProcess.take(() => session.time(runs));
        },
        read: () => turnOfProcess.take(() => session.readResident()),
        close() {
          sessions.open--;
          void turnOfProcess.take(() => session.release());
        },
      };
    },
    openChain(signal) {
      const chain = new SessionChain(realm);
      let isOpen = false;
      return {
        async load(model, outputs) {
          signal.throwIfAborted();
          await turnOfProcess.take(() => chain.load(partSpec(withOutputs(model, outputs))));
          sessions.opened++;
          if (!isOpen) sessions.open++;
          isOpen = true;
        },
        async run(request) {
          signal.throwIfAborted();
          return turnOfProcess.take(() => chain.run(request));
        },
        forget: async (names) => chain.forget(names),
        close() {
          if (isOpen) sessions.open--;
          void turnOfProcess.take(() => chain.close());
        },
      };
    },
  };
}
