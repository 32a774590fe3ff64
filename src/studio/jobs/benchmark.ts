import type { BenchmarkWorkerApi } from '../../runtime/jobs/benchmark-worker-api';
import type { BenchmarkCellRequest, BenchmarkEvent, BenchmarkJobs, BenchmarkRequest } from './jobs';
import { WorkerClient } from './worker-client';

/** Measures in a worker that starts with the first call. After a cancellation the next call starts a fresh one. */
export function createBenchmarkJobs(): BenchmarkJobs {
  const client = new WorkerClient<BenchmarkWorkerApi>(
    () => new Worker(new URL('../../../workers/benchmark.ts', import.meta.url), { type: 'module', name: 'benchmark' }),
  );
  return {
    probe: (signal) => client.call(signal, ({ api, call, progressPort }) => api.probe(call, progressPort)),

    measureNodes: (signal, request, onProgress) =>
      client.call(signal, ({ api, call, progressPort }) => api.measureNodes(call, progressPort, request), onProgress),

    async benchmark(signal, request, onEvent, cellSignal) {
      const visibility = watchVisibility();
      const settled = new AbortController();
      let delivered = 0;
      const deliver = (event: BenchmarkEvent) => {
        if (event.kind !== 'progress') delivered++;
        onEvent(event.kind === 'cell' ? visibility.flag(event) : event);
      };
      try {
        const results = await client.call<readonly BenchmarkEvent[], BenchmarkEvent>(
          signal,
          ({ api, call, progressPort }) => {
            const outcome = api.benchmark(call, progressPort, request);
            forwardCancellations(request, cellSignal, settled.signal, (cell) => void api.cancelCell(cell));
            return outcome;
          },
          deliver,
        );
        results.slice(delivered).forEach(deliver);
      } finally {
        settled.abort();
        visibility.stop();
      }
    },
  };
}

function forwardCancellations(
  { cells }: BenchmarkRequest,
  cellSignal: ((cell: BenchmarkCellRequest) => AbortSignal | undefined) | undefined,
  settled: AbortSignal,
  cancelCell: (cell: BenchmarkCellRequest) => void,
): void {
  for (const cell of cells) {
    const signal = cellSignal?.(cell);
    if (signal?.aborted) cancelCell(cell);
    else signal?.addEventListener('abort', () => cancelCell(cell), { once: true, signal: settled });
  }
}

/** Browsers slow hidden tabs down, and only the page itself knows that it was hidden while a cell was measured. */
function watchVisibility() {
  let wasHidden = document.hidden;
  const listen = () => (wasHidden ||= document.hidden);
  document.addEventListener('visibilitychange', listen);
  return {
    flag(event: BenchmarkEvent & { kind: 'cell' }): BenchmarkEvent {
      if (!wasHidden) return event;
      wasHidden = document.hidden;
      return { ...event, result: { ...event.result, flags: [...event.result.flags, 'tab-hidden'] } };
    },
    stop: () => document.removeEventListener('visibilitychange', listen),
  };
}
