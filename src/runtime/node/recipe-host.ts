import { createHash } from 'node:crypto';
import type { IncrementalHash } from '../../engine/files/sha256';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import type { IdleWorkers } from '../session/idle-workers';
import { createSessionInference } from '../session/session-inference';
import { createNodeHost } from './node-host';

/** @param idle for passes that open many sessions; whoever makes it ends it. */
export function createRecipeHost(signal: AbortSignal, idle?: IdleWorkers): RecipeHost {
  let lastYield = performance.now();
  return {
    signal,
    createHash: createNodeSha256,
    inference: createSessionInference(() => createNodeHost(idle)),
    async checkpoint() {
      signal.throwIfAborted();
      if (performance.now() - lastYield < 50) return;
      // Lets Ctrl+C in.
      await new Promise((resolve) => setImmediate(resolve));
      lastYield = performance.now();
      signal.throwIfAborted();
    },
  };
}

/** Node's own SHA-256: ten times as fast as the portable one. */
function createNodeSha256(): IncrementalHash {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digestHex: () => hash.digest('hex') };
}
