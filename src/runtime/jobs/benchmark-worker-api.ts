/** The benchmark's coordinator: lives in a worker of its own, which starts and ends the workers of the sessions. */
import type { InputDescription } from '../../engine/data/feeds';
import type { DeployFacts } from '../../engine/deploy/deploy-facts';
import type { DriftReference } from '../../engine/deploy/drift-reference';
import { compareLive, type LiveComparison } from '../../engine/serving/compare-live';
import type { BatchTimes } from '../../engine/serving/service-times';
import type { Device } from '../../engine/metrics/cell';
import type { Progress } from '../../engine/progress';
import { detectBrowserDevice } from '../session/browser-device';
import { createBrowserHost } from '../session/browser-host';
import { measureMemory, traceRuns, type MemoryFigures, type SoloRequest } from '../benchmark/memory';
import { measureCells } from '../benchmark/measure';
import type { CellRequest, MeasureEvent, MeasureRequest } from '../benchmark/measure-request';
import { kneeOf, measureSweep, type SweepAxis, type SweepPoint, type SweepResult } from '../benchmark/sweep';
import { bundleModel, type PackedBundle } from '../deploy/bundle-model';
import type { ModelFiles } from '../models/model-files';
import { measureNodes, type MeasuredNodes, type MeasureNodesRequest } from '../nodes/measure-nodes';
import { measureBatches, type BatchesRequest, type MeasuredBatches } from '../serving/measure-batches';
import { runLive, type LiveRequest } from '../serving/run-live';
import { withMeasurementLock } from '../session/measurement-lock';
import { traceDocument } from '../session/trace-events';
import type { SessionHost } from '../session/session-host';
import type { Call, JobContext } from './call';
import type { CalibrationFiles } from './optimize-worker-api';
import { withRecording } from './serving-worker-api';

/** Without threads: as many as the device is best with. */
type Browser<Request> = Omit<Request, 'threads'> & { readonly threads?: number };
export type BrowserMeasureRequest = Browser<MeasureRequest>;
export type BrowserMeasureNodesRequest = Browser<MeasureNodesRequest>;
type BrowserBatchesRequest = Browser<BatchesRequest>;
type BrowserSoloRequest = Browser<SoloRequest>;

/** A load to run in earnest, and what it was simulated on. */
export interface BrowserLiveRequest extends Browser<LiveRequest> {
  readonly calibrated: readonly BatchTimes[];
  /** What an answer may take, in ms. */
  readonly targetMs: number;
  /** The file of a replayed load. */
  readonly recording: Blob | null;
}

export interface SweptThroughput extends SweepResult {
  /** The last value that still paid; `null` where nothing was measured. */
  readonly knee: SweepPoint | null;
}

/** What a deployment bundle is made of, besides what the worker finds out. */
export interface BundleRequest {
  readonly facts: Omit<DeployFacts, 'recorded' | 'drift' | 'externalData' | 'onnxruntimeWeb'>;
  readonly files: ModelFiles;
  readonly targets: readonly string[];
  /** Samples that inputs of production are compared with; `null` without data. */
  readonly reference: ReferenceData | null;
}

export interface ReferenceData extends CalibrationFiles {
  readonly name: string;
  /** Of the original model, which the mapping feeds. */
  readonly inputs: readonly InputDescription[];
}

export interface BenchmarkCalls {
  probe: Call<[], Device>;
  /** Cells one after the other; results are told as they come. A cell is left out, or ended, by telling the call so. */
  benchmark: Call<[request: BrowserMeasureRequest], void, MeasureEvent, CellRequest>;
  /** Time of each node, and SQNR of each value of a variant. */
  measureNodes: Call<[request: BrowserMeasureNodesRequest], MeasuredNodes>;
  /** Times of batches of one model: what a server is simulated on. */
  measureBatches: Call<[request: BrowserBatchesRequest], MeasuredBatches & { readonly threads: number }>;
  /** Runs a load on sessions, and compares with what was simulated. */
  runLive: Call<[request: BrowserLiveRequest], LiveComparison>;
  /** Throughput of one model over batch sizes or threads. */
  sweep: Call<[request: BrowserSoloRequest, axis: SweepAxis], SweptThroughput>;
  /** What one model takes in memory, and how long it takes to its first answer. */
  memory: Call<[request: BrowserSoloRequest], MemoryFigures>;
  /** A few runs as a file that viewers of traces open. */
  trace: Call<[request: BrowserSoloRequest, modelName: string], Blob>;
  /** Runs the model once to record what it answers, and packs what deploys it. */
  bundle: Call<[request: BundleRequest], PackedBundle>;
}

export class BrowserBenchmark {
  #device: Promise<Device> | undefined;

  device(): Promise<Device> {
    return (this.#device ??= detectBrowserDevice());
  }

  async run(
    request: BrowserMeasureRequest,
    { signal, progress, onMessage }: JobContext<MeasureEvent, CellRequest>,
  ): Promise<void> {
    // Before anything is awaited: a cell may be cancelled from the first moment.
    const cells = new Map(request.cells.map((cell) => [keyOf(cell), new AbortController()]));
    onMessage((cell) => cells.get(keyOf(cell))?.abort(new DOMException('The cell was cancelled.', 'AbortError')));
    const device = await this.device();
    const host = {
      sessions: createBrowserHost(),
      timerResolutionUs: device.timerResolutionUs,
      crossOriginIsolated: device.crossOriginIsolated,
      softwareAdapter: device.webgpu?.software === true,
    };
    const settled = { ...request, threads: request.threads ?? device.threads };
    await withMeasurementLock(signal, () =>
      measureCells(signal, host, settled, progress, (cell) => cells.get(keyOf(cell))?.signal),
    );
  }

  /** Alone, with the threads that were asked for or those that the device is best with. */
  async alone<Asked extends { readonly threads?: number }, Value>(
    asked: Asked,
    signal: AbortSignal,
    measure: (host: SessionHost, request: Asked & { readonly threads: number }) => Promise<Value>,
  ): Promise<Value> {
    const threads = asked.threads ?? (await this.device()).threads;
    return withMeasurementLock(signal, () => measure(createBrowserHost(), { ...asked, threads }));
  }

  measureBatches(asked: BrowserBatchesRequest, { signal, progress }: JobContext<Progress>) {
    return this.alone(asked, signal, async (host, request) => ({
      ...(await measureBatches(signal, host, request, progress)),
      threads: request.threads,
    }));
  }

  async runLive(
    { calibrated, targetMs, recording, ...asked }: BrowserLiveRequest,
    { signal, progress }: JobContext<Progress>,
  ): Promise<LiveComparison> {
    const load = { ...asked.load, arrivals: await withRecording(asked.load.arrivals, recording) };
    // Each session has a host of its own: sessions of one host take turns.
    const run = await this.alone({ ...asked, load }, signal, (_, request) =>
      runLive(signal, createBrowserHost, request, progress),
    );
    return compareLive(load, run, calibrated, targetMs);
  }

  sweep(asked: BrowserSoloRequest, axis: SweepAxis, { signal, progress }: JobContext<Progress>) {
    return this.alone(asked, signal, async (host, request): Promise<SweptThroughput> => {
      const swept = await measureSweep(signal, host, request, [axis], progress);
      return { ...swept, knee: kneeOf(swept.points) ?? null };
    });
  }

  memory(asked: BrowserSoloRequest, { signal }: JobContext<Progress>) {
    return this.alone(asked, signal, (host, request) => measureMemory(signal, host, request));
  }

  trace(asked: BrowserSoloRequest, modelName: string, { signal }: JobContext<Progress>) {
    return this.alone(asked, signal, async (host, request) => {
      const events = await traceRuns(signal, host, request);
      return new Blob([traceDocument(events, modelName)], { type: 'application/json' });
    });
  }

  bundle(
    { facts, files, targets }: Omit<BundleRequest, 'reference'>,
    drift: DriftReference | null,
    context: JobContext<Progress>,
  ): Promise<PackedBundle> {
    return bundleModel(createBrowserHost(), { facts: { ...facts, drift }, files, targets }, context);
  }

  async measureNodes(
    request: BrowserMeasureNodesRequest,
    { signal, progress }: JobContext<Progress>,
  ): Promise<MeasuredNodes> {
    return this.alone(request, signal, (host, settled) => measureNodes(signal, host, settled, progress));
  }
}

function keyOf({ variant, ep }: CellRequest): string {
  return `${ep}/${variant}`;
}
