import { availableParallelism, release, type } from 'node:os';
import type { Device, ExecutionProvider } from '../../engine/metrics/cell';
import { defaultThreads } from '../default-threads';
import { measureTimerResolutionUs } from '../timer';
import { loadOrtInNode } from './ort';

const browserOnly: readonly ExecutionProvider[] = ['webgpu', 'webnn-cpu', 'webnn-gpu', 'webnn-npu'];

/** Node as a device: the plain provider only. */
export async function describeNodeDevice(): Promise<Device> {
  const cores = availableParallelism();
  const threads = defaultThreads(cores, true);
  const { env } = await loadOrtInNode(threads);
  return {
    browser: `Node ${process.versions.node}`,
    os: `${type()} ${release()}`,
    cores,
    threads,
    // Node has what isolation gives in a page: shared memory and a fine clock.
    crossOriginIsolated: true,
    timerResolutionUs: measureTimerResolutionUs(),
    webgpu: null,
    ortVersion: env.versions.web ?? env.versions.common,
    providers: [
      { ep: 'wasm', available: true, reason: `WebAssembly with ${threads} of ${cores} cores, in Node.` },
      ...browserOnly.map((ep) => ({
        ep,
        available: false,
        reason: 'Node has no such provider. Add --browser to measure in a browser.',
      })),
    ],
  };
}
