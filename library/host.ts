/** The platform that a call of the library runs on: Node, or a worker of a page. */
import type { PictureDecoder } from '../src/engine/data/dataset';
import { ParetoError } from '../src/engine/errors';
import type { Device, ExecutionProvider } from '../src/engine/metrics/cell';
import type { RecipeHost } from '../src/engine/recipe/recipe-host';
import type { SearchDevice } from '../src/runtime/search/search-host';
import type { IdleWorkers } from '../src/runtime/session/idle-workers';
import type { ChainHost, HostTurn } from '../src/runtime/session/session-host';
import type { CallOptions } from './types';

/** The services that reading and changing a model needs. No model runs. */
export interface ModelHost extends Omit<RecipeHost, 'inference'> {
  readonly progress: NonNullable<CallOptions['onProgress']>;
}

/** A host that also runs models. */
export interface LibraryHost extends ModelHost {
  readonly decoder: PictureDecoder;
  openSessions(idle?: IdleWorkers, turn?: HostTurn): ChainHost;
  /** The number of threads of sessions. */
  readonly threads: number;
  /** Waits for the drivers of all providers. */
  detectDevice(): Promise<Device>;
  /** Waits for the driver of WebGPU if `timedOn` is WebGPU. */
  detectTimedDevice(timedOn: ExecutionProvider): Promise<SearchDevice>;
  /** Runs the job while nothing else measures. */
  exclusively<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value>;
}

/** How long the calling thread works before it lets other work in. */
const turnMs = 50;

/** The options of every call. `options` may be anything: `refuseUnknownOptions` checks the rest. Throws `options/invalid`. */
export function callOptionsOf(options: CallOptions | null | undefined) {
  const { signal = new AbortController().signal, onProgress } = options ?? {};
  // Test environments have signals of their own.
  if (typeof (signal as AbortSignal | null)?.throwIfAborted !== 'function') {
    throw new ParetoError(
      'options/invalid',
      'signal must be an AbortSignal, such as the signal of an AbortController.',
    );
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new ParetoError('options/invalid', 'onProgress must be a function.');
  }
  return { signal, onProgress };
}

/** A host that works in the calling thread of any platform. */
export function createModelHost(options: CallOptions | null | undefined): ModelHost {
  const { signal, onProgress } = callOptionsOf(options);
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
