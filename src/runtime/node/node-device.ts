import { availableParallelism, release, type } from 'node:os';
import type { Device, ExecutionProvider } from '../../engine/metrics/cell';
import { defaultThreads } from '../session/default-threads';
import { ortVersion } from '../session/ort-version';
import { measureTimerResolutionUs } from '../session/timer';

const browserOnly: readonly ExecutionProvider[] = ['webgpu', 'webnn-cpu', 'webnn-gpu', 'webnn-npu'];

/** Returns the number of threads that sessions of Node get if nobody chooses it. */
export function defaultNodeThreads(): number {
  return defaultThreads(availableParallelism(), true);
}

/** Node as a device: the plain provider only. */
export function detectNodeDevice(): Device {
  const cores = availableParallelism();
  const threads = defaultNodeThreads();
  return {
    browser: `Node ${process.versions.node}`,
    os: `${type()} ${release()}`,
    cores,
    threads,
    // Node has what isolation gives in a page: shared memory and a fine clock.
    crossOriginIsolated: true,
    timerResolutionUs: measureTimerResolutionUs(),
    webgpu: null,
    ortVersion,
    providers: [
      { ep: 'wasm', available: true, reason: `WebAssembly with ${threads} of ${cores} cores, in Node.` },
      { ep: 'compiled', available: true, reason: 'A WebAssembly module without a runtime, on one thread, in Node.' },
      ...browserOnly.map((ep) => ({
        ep,
        available: false,
        reason: 'Node does not support this provider. Add --browser to measure in a browser.',
      })),
    ],
  };
}
