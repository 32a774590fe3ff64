/** Coordinates a benchmark: one fresh worker per session, one run at a time. */
import { expose } from 'comlink';
import { BrowserBenchmark, type BenchmarkWorkerApi, type ResultEvent } from '../src/runtime/jobs/benchmark-worker-api';
import type { Progress } from '../src/engine/progress';
import type { MeasuredNodes } from '../src/runtime/nodes/measure-nodes';
import type { MeasureEvent } from '../src/runtime/benchmark/measure-request';
import { CancellableJobs } from './cancellable-jobs';

const jobs = new CancellableJobs();
const benchmark = new BrowserBenchmark();

const api: BenchmarkWorkerApi = {
  probe: (call, progressPort) => jobs.run(call, progressPort, () => benchmark.device()),
  benchmark: (call, progressPort, request) =>
    jobs.run<readonly ResultEvent[], MeasureEvent>(call, progressPort, ({ signal, progress }) =>
      benchmark.run(signal, request, progress),
    ),
  measureNodes: (call, progressPort, request) =>
    jobs.run<MeasuredNodes, Progress>(call, progressPort, ({ signal, progress }) =>
      benchmark.measureNodes(signal, request, progress),
    ),
  cancelCell: (cell) => benchmark.cancelCell(cell),
  cancel: (call) => jobs.cancel(call),
};

expose(api);
