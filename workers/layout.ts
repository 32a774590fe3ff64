/** The worker that lays graphs out. It holds nothing, so that it can be ended at any time. */
import { expose } from 'comlink';
import { layoutGraph, type GraphLayout } from '../src/engine/analysis/graph-layout';
import type { Progress } from '../src/engine/progress';
import type { LayoutWorker } from '../src/runtime/jobs/layout-worker-api';
import { CancellableJobs } from './cancellable-jobs';

const jobs = new CancellableJobs();

const api: LayoutWorker = {
  cancel: (call) => jobs.cancel(call),

  layout: (call, port, request, deadlineMs) =>
    jobs.run<GraphLayout, Progress>(call, port, ({ checkpoint }) => layoutGraph(request, { checkpoint, deadlineMs })),
};

expose(api);
