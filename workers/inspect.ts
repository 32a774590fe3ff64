/** The worker that describes models for people: graphs, shapes, attributes, statistics of weights. Beside the one that optimises, so that looking never waits for a recipe. */
import { expose } from 'comlink';
import type { DuplicateWeights } from '../src/engine/analysis/duplicate-weights';
import type { GraphBlock } from '../src/engine/analysis/describe-blocks';
import type { ExaminedNode } from '../src/engine/analysis/examine-node';
import type { WeightStatistics } from '../src/engine/analysis/weight-statistics';
import type { Progress } from '../src/engine/progress';
import { DescribedModels } from '../src/runtime/models/described-models';
import type { GraphDifference, InspectWorker, ModelDescription } from '../src/runtime/jobs/inspect-worker-api';
import { CancellableJobs } from './cancellable-jobs';

const jobs = new CancellableJobs();
const models = new DescribedModels();

const api: InspectWorker = {
  cancel: (call) => jobs.cancel(call),

  describe: (call, port, model, dimensions) =>
    jobs.run<ModelDescription, Progress>(call, port, (context) => models.describe(model, dimensions, context)),

  examine: (call, port, model, nodePath) =>
    jobs.run<ExaminedNode | null, Progress>(call, port, () => Promise.resolve(models.examine(model, nodePath))),

  statistics: (call, port, model, weightPath) =>
    jobs.run<WeightStatistics | null, Progress>(call, port, (context) => models.statistics(model, weightPath, context)),

  sparsity: (call, port, model) =>
    jobs.run<ReadonlyMap<string, number | null>, Progress>(call, port, (context) => models.sparsity(model, context)),

  duplicates: (call, port, model) =>
    jobs.run<readonly DuplicateWeights[], Progress>(call, port, (context) => models.duplicates(model, context)),

  blocks: (call, port, model) =>
    jobs.run<ReadonlyMap<string, readonly GraphBlock[]>, Progress>(call, port, (context) =>
      models.blocks(model, context),
    ),

  compare: (call, port, a, b) =>
    jobs.run<GraphDifference, Progress>(call, port, (context) => models.compare(a, b, context)),
};

expose(api);
