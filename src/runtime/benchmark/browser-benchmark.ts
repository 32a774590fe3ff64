/** The coordinator of a benchmark, in a worker of its own. It opens and closes sessions. */
import type { DriftReference } from '../../engine/deploy/drift-reference';
import { compareLive, type LiveComparison } from '../../engine/serving/compare-live';
import type { Device } from '../../engine/metrics/cell';
import type { SweepAxis, SweepPoint } from '../../engine/profiling/sweep';
import type { Progress } from '../../engine/progress';
import { detectBrowserDevice, detectWorkerFacts } from '../session/browser-device';
import { createBrowserHost } from '../session/browser-host';
import { browserThreads } from '../session/providers';
import { budgets } from './budget';
import { measureGpuBuffers, measureMemory, traceRuns, type PageMemoryFigures } from './memory';
import { measureRoof } from './measure-roof';
import { measureRoofline } from './measure-roofline';
import { measureSustained } from './measure-sustained';
import { measureCells } from './measure';
import type { CellRequest, MeasureEvent } from './measure-request';
import { measureSweep } from './sweep';
import { measureGeneration } from '../generation/measure-generation';
import { writeSideBySide } from '../generation/write-side-by-side';
import { bundleModel, type PackedBundle } from '../deploy/bundle-model';
import { findFirstDifference } from '../nodes/first-difference';
import { measureNodes, type MeasuredNodes } from '../nodes/measure-nodes';
import { measureServedBatches } from '../serving/measure-batches';
import { runLive } from '../serving/run-live';
import { withMeasurementLock } from '../session/page-link';
import { traceDocument } from '../session/trace-events';
import type { SessionHost } from '../session/session-host';
import type { JobContext } from '../jobs/call';
import { withRecording } from '../serving/recording';
import type {
  BrowserMeasureRequest,
  BrowserFirstDifferenceRequest,
  BrowserMeasureNodesRequest,
  BrowserBatchesRequest,
  BrowserRoofRequest,
  BrowserRooflineRequest,
  BrowserGenerationRequest,
  BrowserSoloRequest,
  BrowserSustainedRequest,
  BrowserSweepRequest,
  BrowserWriteRequest,
  BrowserLiveRequest,
  BundleRequest,
  MemoryProgress,
  PageIsMeasured,
  SweepProgress,
  WrittenPiece,
} from '../jobs/benchmark-calls';

export class BrowserBenchmark {
  #device: Promise<Device> | undefined;

  device(): Promise<Device> {
    return (this.#device ??= detectBrowserDevice());
  }

  async run(
    request: BrowserMeasureRequest,
    { signal, progress, onMessage }: JobContext<MeasureEvent, CellRequest>,
  ): Promise<void> {
    // The controllers exist before the first await, because a cell may be canceled from the first moment.
    const cells = new Map(request.cells.map((cell) => [keyOf(cell), new AbortController()]));
    onMessage((cell) => cells.get(keyOf(cell))?.abort(new DOMException('The cell was canceled.', 'AbortError')));
    const { threads, ...facts } = detectWorkerFacts();
    // Cells on other providers do not wait for the driver of the GPU.
    const softwareAdapter =
      request.cells.some(({ ep }) => ep === 'webgpu') && (await this.device()).webgpu?.software === true;
    const host = { sessions: createBrowserHost(), ...facts, softwareAdapter };
    const settled = { ...request, threads: request.threads ?? threads };
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
    const threads = asked.threads ?? browserThreads();
    return withMeasurementLock(signal, () => measure(createBrowserHost(), { ...asked, threads }));
  }

  measureBatches(asked: BrowserBatchesRequest, { signal, progress }: JobContext<Progress>) {
    return this.alone(asked, signal, async (host, request) => ({
      ...(await measureServedBatches(signal, host, request, progress)),
      threads: request.threads,
    }));
  }

  async runLive(
    { calibrated, targetMs, recording, ...asked }: BrowserLiveRequest,
    { signal, progress, checkpoint }: JobContext<Progress>,
  ): Promise<LiveComparison> {
    const load = { ...asked.load, arrivals: await withRecording(asked.load.arrivals, recording) };
    // Each session has a host of its own: sessions of one host take turns.
    const run = await this.alone({ ...asked, load }, signal, (_, request) =>
      runLive(signal, createBrowserHost, request, progress),
    );
    return compareLive(load, run, calibrated, targetMs, checkpoint);
  }

  sweep({ budget, ...given }: BrowserSweepRequest, axis: SweepAxis, { signal, progress }: JobContext<SweepProgress>) {
    const asked = { ...given, ...(budget && { longestMs: budgets[budget].cellMs }) };
    const onPoint = (point: SweepPoint) => progress({ kind: 'point', point });
    return this.alone(asked, signal, (host, request) => measureSweep(signal, host, request, axis, progress, onPoint));
  }

  generation(asked: BrowserGenerationRequest, { signal, progress }: JobContext<Progress>) {
    return this.alone(asked, signal, (host, request) => measureGeneration(signal, host, request, progress));
  }

  write(asked: BrowserWriteRequest, { signal, progress }: JobContext<WrittenPiece>) {
    return this.alone(asked, signal, (host, request) => writeSideBySide(signal, host, request, progress));
  }

  sustained(asked: BrowserSustainedRequest, { signal, progress }: JobContext<Progress>) {
    return this.alone(asked, signal, (host, request) => measureSustained(signal, host, request, progress));
  }

  /** Only the page can measure its memory. Progress with `isOpen` asks for it, and the session waits for `PageIsMeasured`. */
  memory(asked: BrowserSoloRequest, { signal, progress, onMessage }: JobContext<MemoryProgress, PageIsMeasured>) {
    const isMeasured = new Promise<void>((resolve, reject) => {
      onMessage(() => resolve());
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    isMeasured.catch(() => undefined);
    const whileOpen = async (): Promise<void> => {
      progress({ stage: 'Measuring the memory of the page', done: 1, total: 3, isOpen: true });
      await isMeasured;
    };
    return this.alone(asked, signal, async (host, request): Promise<PageMemoryFigures> => {
      const figures = await measureMemory(signal, host, request, whileOpen);
      progress({ stage: 'Measuring buffers of the GPU', done: 2, total: 3 });
      const { webgpu } = await this.device();
      return { ...figures, gpuBufferBytes: webgpu === null ? null : await measureGpuBuffers(signal, host, request) };
    });
  }

  roof(asked: BrowserRoofRequest, { signal, progress }: JobContext<Progress>) {
    return this.alone(asked, signal, (host, request) => measureRoof(signal, host, request, progress));
  }

  roofline(asked: BrowserRooflineRequest, { signal, progress }: JobContext<Progress>) {
    return this.alone(asked, signal, (host, request) => measureRoofline(signal, host, request, progress));
  }

  trace(asked: BrowserSoloRequest, modelName: string, { signal }: JobContext<Progress>) {
    return this.alone(asked, signal, async (host, request) => {
      const events = await traceRuns(signal, host, request);
      return new Blob([traceDocument(events, modelName)], { type: 'application/json' });
    });
  }

  bundle(
    { facts, files, targets, repository }: Omit<BundleRequest, 'reference'>,
    drift: DriftReference | null,
    context: JobContext<Progress>,
  ): Promise<PackedBundle> {
    return bundleModel(createBrowserHost(), { facts: { ...facts, drift }, files, targets, repository }, context);
  }

  firstDifference(asked: BrowserFirstDifferenceRequest, { signal, progress }: JobContext<Progress>) {
    return this.alone(asked, signal, (host, request) => findFirstDifference(signal, host, request, progress));
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
