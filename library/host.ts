/** The platform that a call of the library runs on: Node, or a worker of a page. */
import type { PictureDecoder } from '../src/engine/data/dataset';
import type { Device } from '../src/engine/metrics/cell';
import type { RecipeHost } from '../src/engine/recipe/recipe-host';
import type { IdleWorkers } from '../src/runtime/session/idle-workers';
import type { ChainHost } from '../src/runtime/session/session-host';
import type { CallOptions } from './types';

/** What reading and changing a model takes. Nothing runs. */
export interface ModelHost extends Omit<RecipeHost, 'inference'> {
  readonly progress: NonNullable<CallOptions['onProgress']>;
}

/** With it, models run too. */
export interface LibraryHost extends ModelHost {
  readonly decoder: PictureDecoder;
  openSessions(idle?: IdleWorkers): ChainHost;
  detectDevice(): Promise<Device>;
  /** While nothing else measures. */
  exclusively<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value>;
}

/** How long the calling thread works before it lets other work in. */
const turnMs = 50;

/** For the calling thread, of any platform. */
export function createModelHost({ signal = new AbortController().signal, onProgress }: CallOptions = {}): ModelHost {
  let lastYieldMs = performance.now();
  return {
    signal,
    progress: (progress) => onProgress?.(progress),
    async checkpoint() {
      signal.throwIfAborted();
      if (performance.now() - lastYieldMs < turnMs) return;
      await new Promise((resolve) => setTimeout(resolve));
      lastYieldMs = performance.now();
      signal.throwIfAborted();
    },
  };
}
