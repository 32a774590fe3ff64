/** The benchmark's coordinator: lives in a worker of its own, which starts and ends the workers of the sessions. */
import type { Outcome } from '../../engine/errors';
import type { Device } from '../../engine/metrics/cell';
import type { Progress } from '../../engine/progress';
import { describeBrowserDevice } from '../session/browser-device';
import { createBrowserHost } from '../session/browser-host';
import { measureCells } from '../benchmark/measure';
import type { CellRequest, MeasureEvent, MeasureRequest } from '../benchmark/measure-request';
import { measureNodes, type MeasuredNodes, type MeasureNodesRequest } from '../nodes/measure-nodes';
import { withMeasurementLock } from '../session/measurement-lock';

export type BrowserMeasureRequest = Omit<MeasureRequest, 'threads'> & { readonly threads?: number };
export type BrowserMeasureNodesRequest = Omit<MeasureNodesRequest, 'threads'> & { readonly threads?: number };
export type ResultEvent = Exclude<MeasureEvent, { kind: 'progress' }>;

export interface BenchmarkWorkerApi {
  probe(call: number, progressPort: MessagePort): Promise<Outcome<Device>>;
  /**
   * Events go to `progressPort` as they happen. The results among them are the value too: nothing orders the messages
   * of two ports, so the last ones may still be on their way when the call settles.
   */
  benchmark(
    call: number,
    progressPort: MessagePort,
    request: BrowserMeasureRequest,
  ): Promise<Outcome<readonly ResultEvent[]>>;
  measureNodes(
    call: number,
    progressPort: MessagePort,
    request: BrowserMeasureNodesRequest,
  ): Promise<Outcome<MeasuredNodes>>;
  cancelCell(cell: CellRequest): void;
  cancel(call: number): void;
}

export class BrowserBenchmark {
  #device: Promise<Device> | undefined;
  #cells = new Map<string, AbortController>();

  device(): Promise<Device> {
    return (this.#device ??= describeBrowserDevice());
  }

  async run(
    signal: AbortSignal,
    request: BrowserMeasureRequest,
    onEvent: (event: MeasureEvent) => void,
  ): Promise<readonly ResultEvent[]> {
    // Before anything is awaited: a cell may be cancelled from the first moment.
    this.#cells = new Map(request.cells.map((cell) => [keyOf(cell), new AbortController()]));
    const cells = this.#cells;
    const device = await this.device();
    const host = {
      sessions: createBrowserHost(),
      timerResolutionUs: device.timerResolutionUs,
      crossOriginIsolated: device.crossOriginIsolated,
      softwareAdapter: device.webgpu?.software === true,
    };
    const results: ResultEvent[] = [];
    const report = (event: MeasureEvent) => {
      if (event.kind !== 'progress') results.push(event);
      onEvent(event);
    };
    const settled = { ...request, threads: request.threads ?? device.threads };
    await withMeasurementLock(signal, () =>
      measureCells(signal, host, settled, report, (cell) => cells.get(keyOf(cell))?.signal),
    );
    return results;
  }

  async measureNodes(
    signal: AbortSignal,
    request: BrowserMeasureNodesRequest,
    onProgress: (progress: Progress) => void,
  ): Promise<MeasuredNodes> {
    const threads = request.threads ?? (await this.device()).threads;
    return withMeasurementLock(signal, () =>
      measureNodes(signal, createBrowserHost(), { ...request, threads }, onProgress),
    );
  }

  cancelCell(cell: CellRequest): void {
    this.#cells.get(keyOf(cell))?.abort(new DOMException('The cell was cancelled.', 'AbortError'));
  }
}

function keyOf({ variant, ep }: CellRequest): string {
  return `${ep}/${variant}`;
}
