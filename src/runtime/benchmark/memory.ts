/** Measures the memory of a model, and the time and memory until its first output. */
import type { SessionHost } from '../session/session-host';
import type { TraceEvent } from '../session/trace-events';
import { withSoloSession, type SoloRequest } from './solo-session';

export interface MemoryFigures {
  /**
   * Growth of the runtime's heap, from before the model is loaded to after its runs. `null` if the heap is not visible.
   */
  readonly heapGrowthBytes: number | null;
  readonly heapBytes: number | null;
  /** Time from the model's bytes to a session, and of the first run, in a fresh worker. */
  readonly createMs: number;
  readonly firstRunMs: number;
}

/** The figures that only a browser has. */
export interface PageMemoryFigures extends MemoryFigures {
  /**
   * The most bytes of buffers on the GPU at once, while a session on WebGPU is created and runs. `null` if there is no
   * WebGPU, or the model does not run on it.
   */
  readonly gpuBufferBytes: number | null;
}

/** An empty heap of the runtime, before a model is loaded. */
const emptyHeapBytes = 256 * 65_536;
const runs = 3;

/** Measures in a fresh session. `whileOpen` is awaited before the session closes. Rejects as sessions do. */
export async function measureMemory(
  signal: AbortSignal,
  host: SessionHost,
  { longestMs = Infinity, ...request }: SoloRequest,
  whileOpen: () => Promise<void> = async () => undefined,
): Promise<MemoryFigures> {
  const startMs = performance.now();
  return withSoloSession(signal, host, { ...request, profile: false }, async (session) => {
    const firstRunMs = await session.time(1);
    for (let run = 1; run < runs && performance.now() - startMs < longestMs; run++) await session.time(1);
    const heapBytes = await session.heapBytes();
    const heapGrowthBytes = heapBytes === null ? null : Math.max(0, heapBytes - emptyHeapBytes);
    await whileOpen();
    return { heapGrowthBytes, heapBytes, createMs: session.loadMs, firstRunMs };
  });
}

/** Bytes of buffers on the GPU by one run in a fresh session on WebGPU. `null` if the model does not run there. */
export async function measureGpuBuffers(
  signal: AbortSignal,
  host: SessionHost,
  request: SoloRequest,
): Promise<number | null> {
  try {
    const spec = { ...request, ep: 'webgpu', profile: false, countsGpuBuffers: true } as const;
    return await withSoloSession(signal, host, spec, async (session) => {
      await session.time(1);
      return session.gpuBufferBytes();
    });
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

const tracedRuns = 5;

/** Runs and kernels of a few runs. A profile disturbs timing, so the trace shows order and shares, not times to report. */
export async function traceRuns(
  signal: AbortSignal,
  host: SessionHost,
  { longestMs = Infinity, ...request }: SoloRequest,
): Promise<readonly TraceEvent[]> {
  const startMs = performance.now();
  return withSoloSession(signal, host, { ...request, profile: true }, async (session) => {
    for (let run = 0; run < tracedRuns && (run === 0 || performance.now() - startMs < longestMs); run++) {
      await session.time(1);
    }
    return session.trace();
  });
}
