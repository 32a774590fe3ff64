/** The worker that reads data, shows what a model gets of it, and evaluates models on it. */
import { expose } from 'comlink';
import type { Feeds } from '../src/engine/data/feeds';
import type { JudgingLabels } from '../src/engine/metrics/detect-task';
import type { Progress } from '../src/engine/progress';
import type { Evaluation } from '../src/engine/metrics/evaluation';
import type { DataPreview, DataWorker, OpenedData, SuggestedMapping } from '../src/runtime/jobs/data-worker-api';
import { DatasetShelf } from '../src/runtime/data/dataset-shelf';
import { CancellableJobs } from './cancellable-jobs';

const jobs = new CancellableJobs();
const shelf = new DatasetShelf();

const api: DataWorker = {
  cancel: (call) => jobs.cancel(call),

  open: (call, port, dataId, files) =>
    jobs.run<OpenedData, Progress>(call, port, (context) => shelf.open(dataId, files, context)),

  suggest: (call, port, dataId, files, model) =>
    jobs.run<SuggestedMapping, Progress>(call, port, (context) => shelf.suggest(dataId, files, model, context)),

  preview: (call, port, dataId, files, model, mapping, index) =>
    jobs.run<DataPreview, Progress>(call, port, (context) =>
      shelf.preview(dataId, files, model, mapping, index, context),
    ),

  labels: (call, port, dataId, files, request) =>
    jobs.run<JudgingLabels | null, Progress>(call, port, (context) => shelf.labels(dataId, files, request, context)),

  inputs: (call, port, dataId, files, request) =>
    jobs.run<readonly Feeds[], Progress>(call, port, (context) => shelf.inputs(dataId, files, request, context)),

  evaluate: (call, port, dataId, files, request) =>
    jobs.run<readonly Evaluation[], Progress>(call, port, (context) => shelf.evaluate(dataId, files, request, context)),
};

expose(api);
