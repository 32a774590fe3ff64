/**
 * Measures the limits of the nodes of a model on this device: the roof, times of nodes, and a whole run without a
 * profile.
 */
import { inspect } from '../../engine/analysis/inspect';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { ParetoError } from '../../engine/errors';
import { formatProvider } from '../../engine/format';
import { median } from '../../engine/metrics/quantile';
import { findBottleneck, type Bottleneck } from '../../engine/profiling/bottleneck';
import { placeNodes, type Roof, type RooflineNode } from '../../engine/profiling/roofline';
import { createPercentReporter } from '../../engine/percent-reporter';
import type { Progress } from '../../engine/progress';
import { modelOfFiles } from '../files/model-blob';
import { measureNodeTimes } from '../nodes/node-times';
import { describeFailure } from '../session/failure';
import type { SessionHost } from '../session/session-host';
import { settleSession } from '../session/settle-session';
import { measureRoof } from './measure-roof';
import { withSoloSession, type SoloRequest } from './solo-session';

export interface Roofline extends Roof {
  /** Slowest first. */
  readonly nodes: readonly RooflineNode[];
}

export interface MeasuredRoofline {
  readonly roofline: Roofline;
  /** `null`: no node was timed. */
  readonly bottleneck: Bottleneck | null;
  /** Median of a run without a profile. */
  readonly runMs: number;
}

export interface RooflineRequest extends SoloRequest {
  /** The roof that was measured earlier on this device, with as many threads. It is measured first if absent. */
  readonly roof?: Roof;
}

const settlingMs = 300;
const timedRuns = 15;
const usualRunsMs = 3_000;

/**
 * Runs on WASM, or on WebGPU if the browser gives the times of its kernels. In other browsers, the profile contains the
 * time to submit work, not the time of the work. Throws `benchmark/no-gpu-times` in such a browser,
 * `benchmark/roofline` if the model does not run, and the errors of `measureRoof`.
 */
export async function measureRoofline(
  signal: AbortSignal,
  host: SessionHost,
  { roof: known, ...request }: RooflineRequest,
  onProgress: (progress: Progress) => void,
): Promise<MeasuredRoofline> {
  const report = createPercentReporter(onProgress);
  const { files, ep, threads, longestMs = Infinity } = request;
  // The roof, the runs and the nodes.
  const partMs = longestMs / (known === undefined ? 3 : 2);
  const roof =
    known ??
    (await measureRoof(signal, host, { ep, threads, longestMs: partMs }, ({ stage, done }) =>
      report(stage, (done * 60) / 100),
    ));
  try {
    report('Timing runs', 60);
    const { runMs, freeDimensions } = await timeRuns(signal, host, { ...request, longestMs: partMs });
    const timed = {
      ...{ files, ep, threads, freeDimensions },
      ...(Number.isFinite(partMs) && { longestMs: partMs }),
      feedsOf: (inputs: Parameters<typeof createSyntheticFeeds>[0]) =>
        createSyntheticFeeds(inputs, freeDimensions, request.seed),
    };
    const { times, profile, outsideMs } = await measureNodeTimes(signal, host, timed, (share) =>
      report('Timing nodes', 70 + share * 29),
    );
    if (ep !== 'wasm' && profile.hasGpuTimes !== true) {
      const message = `This browser gives no times of kernels on ${formatProvider(ep)}. Use a current Chrome or Edge, or WASM.`;
      throw new ParetoError('benchmark/no-gpu-times', message);
    }
    const file = { name: files.name, sizeBytes: files.model.size, sha256: '' };
    const inspection = inspect(await modelOfFiles(files), file, { dimensions: freeDimensions });
    const { nodes, sumMs } = placeNodes(times, inspection.nodes, roof);
    report('Done', 100);
    // The profile lengthens the time outside of nodes, and load may lengthen either run: the smaller figure is claimed.
    const outside = Math.max(0, Math.min(outsideMs, runMs - sumMs));
    const bottleneck = findBottleneck({ nodes, sumMs, outsideMs: outside });
    return { roofline: { ...roof, nodes }, bottleneck, runMs };
  } catch (error) {
    if (signal.aborted || error instanceof ParetoError) throw error;
    throw new ParetoError('benchmark/roofline', describeFailure(error, 'The model', ep), { cause: error });
  }
}

/** Times runs in a session without a profile, with the sizes that its free dimensions get. */
function timeRuns(signal: AbortSignal, host: SessionHost, { longestMs = Infinity, ...request }: SoloRequest) {
  return withSoloSession(signal, host, { ...request, profile: false }, async (session, freeDimensions) => {
    const startMs = performance.now();
    const mostMs = Math.min(usualRunsMs, longestMs);
    const isOver = (): boolean => performance.now() - startMs > mostMs;
    await settleSession(signal, session, settlingMs, () => !isOver());
    const samplesMs: number[] = [];
    do {
      signal.throwIfAborted();
      samplesMs.push(await session.time(1));
    } while (samplesMs.length < timedRuns && !isOver());
    return { runMs: median(samplesMs), freeDimensions };
  });
}
