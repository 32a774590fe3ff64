/** The benchmark's coordinator: lives in a worker of its own, which starts and ends the workers of the sessions. */
import type { Device } from '../../engine/metrics/cell';
import type { Progress } from '../../engine/progress';
import { describeBrowserDevice } from '../session/browser-device';
import { createBrowserHost } from '../session/browser-host';
import { measureCells } from '../benchmark/measure';
import type { CellRequest, MeasureEvent, MeasureRequest } from '../benchmark/measure-request';
import { measureNodes, type MeasuredNodes, type MeasureNodesRequest } from '../nodes/measure-nodes';
import { withMeasurementLock } from '../session/measurement-lock';
import type { Call, JobContext } from './call';

export type BrowserMeasureRequest = Omit<MeasureRequest, 'threads'> & { readonly threads?: number };
export type BrowserMeasureNodesRequest = Omit<MeasureNodesRequest, 'threads'> & { readonly threads?: number };

export interface BenchmarkCalls {
  probe: Call<[], Device>;
  /** Cells one after the other; results are told as they come. A cell is left out, or ended, by telling the call so. */
  benchmark: Call<[request: BrowserMeasureRequest], void, MeasureEvent, CellRequest>;
  /** Time of each node, and SQNR of each value of a variant. */
  measureNodes: Call<[request: BrowserMeasureNodesRequest], MeasuredNodes>;
}

export class BrowserBenchmark {
  #device: Promise<Device> | undefined;

  device(): Promise<Device> {
    return (this.#device ??= describeBrowserDevice());
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

  async measureNodes(
    request: BrowserMeasureNodesRequest,
    { signal, progress }: JobContext<Progress>,
  ): Promise<MeasuredNodes> {
    const threads = request.threads ?? (await this.device()).threads;
    return withMeasurementLock(signal, () =>
      measureNodes(signal, createBrowserHost(), { ...request, threads }, progress),
    );
  }
}

function keyOf({ variant, ep }: CellRequest): string {
  return `${ep}/${variant}`;
}
