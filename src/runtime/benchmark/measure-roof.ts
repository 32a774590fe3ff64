/** Measures the limits of an execution provider: arithmetic, memory, and the time to start a node. */
import type { Feeds } from '../../engine/data/feeds';
import { ParetoError } from '../../engine/errors';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { roofModel, type RoofModel } from '../../engine/profiling/roof-kernels';
import type { Roof } from '../../engine/profiling/roofline';
import type { Progress } from '../../engine/progress';
import { blobOfModel } from '../files/model-blob';
import { describeFailure } from '../session/failure';
import type { HostedSession, SessionHost } from '../session/session-host';
import type { SessionSpec } from '../session/session-spec';

export interface RoofRequest {
  readonly ep: ExecutionProvider;
  readonly threads: number;
  /** Wall-clock limit. It reduces the runs of each kernel to one at least. Absent: 10 s. */
  readonly longestMs?: number;
}

/** Rows of the matrices. A larger product is measured if the one before it took too little time. */
const matrixSizes = [512, 1024, 2048];
const longEnoughMs = 40;
const products = 8;
/** Three vectors of 34 MB do not fit in a cache. */
const vectorSize = 8 * 1024 * 1024;
const sums = 24;
const launches = 256;
const profiledRuns = 40;

const fewestRuns = 3;
const mostRuns = 500;
/**
 * The time for one kernel. All kernels and the starts of the sessions take less than 10 s. A kernel whose first run takes longer
 * than this, as on a GPU in software, runs only once more.
 */
const mostKernelMs = 800;
/** Times of a kernel in the limit: five kernels, their first runs and the starts of their sessions. */
const kernelsInLimit = 12;

const empty: readonly number[] = Array.from({ length: profiledRuns }, () => 0);
const one: Feeds = { x: { dtype: 'float32', dims: [1], data: Float32Array.of(1) } };

/**
 * The best of several runs of each kernel: whatever disturbs a run makes it slower. Throws `benchmark/roof` when a kernel does not run on the
 * provider; rejects with the signal's reason once aborted.
 */
export async function measureRoof(
  signal: AbortSignal,
  host: SessionHost,
  { ep, threads, longestMs = Infinity }: RoofRequest,
  onProgress: (progress: Progress) => void,
): Promise<Roof> {
  const report = (stage: string, done: number): void => onProgress({ stage, done, total: 100 });
  const kernelMs = Math.min(mostKernelMs, longestMs / kernelsInLimit);
  const best = (made: RoofModel): Promise<number> => bestRunMs(signal, host, made, { ep, threads, kernelMs });
  try {
    report('Measuring the cost of starting nodes', 0);
    const launch = roofModel('launch', 1, launches);
    const launchMs = (await best(launch)) / launch.nodes;
    const profiledLaunchMs = ep === 'wasm' ? await profiledMs(signal, host, launch, threads) : launchMs;
    report('Measuring bandwidth', 20);
    const bandwidth = roofModel('bandwidth', vectorSize, sums);
    const bandwidthGbps = bandwidth.bytes / (await best(bandwidth)) / 1e6;
    let peakGflops = 0;
    for (const [step, size] of matrixSizes.entries()) {
      report('Measuring arithmetic', 50 + 15 * step);
      const arithmetic = roofModel('arithmetic', size, products);
      const runMs = await best(arithmetic);
      peakGflops = Math.max(peakGflops, arithmetic.flops / runMs / 1e6);
      if (runMs > longEnoughMs) break;
    }
    report('Measuring arithmetic', 100);
    return { ep, threads, peakGflops, bandwidthGbps, launchMs, profiledLaunchMs };
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ParetoError('benchmark/roof', describeFailure(error, 'A measuring kernel', ep), { cause: error });
  }
}

/** Time of a node in a profile, in the best of several runs. */
function profiledMs(signal: AbortSignal, host: SessionHost, made: RoofModel, threads: number): Promise<number> {
  return withSession(signal, host, made, { ep: 'wasm', threads, profile: true }, async (session) => {
    for (let run = 0; run < profiledRuns; run++) await session.time(1);
    const { kernels } = await session.profile();
    const runsUs = kernels
      .filter(({ op }) => op === 'Add')
      .reduce((sum, kernel) => sum.map((us, run) => us + (kernel.microseconds[run] ?? 0)), empty);
    return Math.min(...runsUs) / launches / 1000;
  });
}

function bestRunMs(
  signal: AbortSignal,
  host: SessionHost,
  made: RoofModel,
  { ep, threads, kernelMs }: Omit<RoofRequest, 'longestMs'> & { readonly kernelMs: number },
): Promise<number> {
  return withSession(signal, host, made, { ep, threads, profile: false }, async (session) => {
    // The first one allocates; on a GPU it compiles too.
    const least = (await session.time(1)) > kernelMs ? 1 : fewestRuns;
    let bestMs = Infinity;
    let totalMs = 0;
    for (let run = 0; run < mostRuns && (run < least || totalMs < kernelMs); run++) {
      signal.throwIfAborted();
      const ms = await session.time(1);
      bestMs = Math.min(bestMs, ms);
      totalMs += ms;
    }
    return bestMs;
  });
}

/** Opens a session of a kernel, feeds it, runs `work` with it, and closes it. */
async function withSession<Result>(
  signal: AbortSignal,
  host: SessionHost,
  { model }: RoofModel,
  { ep, threads, profile }: Pick<SessionSpec, 'ep' | 'threads' | 'profile'>,
  work: (session: HostedSession) => Promise<Result>,
): Promise<Result> {
  const files = { model: blobOfModel(model), name: 'roof.onnx', externalData: [] };
  const session = await host.open(signal, { files, ep, threads, freeDimensions: {}, profile });
  try {
    await session.feed(one);
    return await work(session);
  } finally {
    session.close();
  }
}
