/** The worker that describes models for people: graphs, shapes, attributes, statistics of weights. Beside the one that optimises, so that looking never waits for a recipe. */
import type { InspectCalls } from '../src/runtime/jobs/inspect-worker-api';
import { DescribedModels } from '../src/runtime/models/described-models';
import { serve } from './serve';

const models = new DescribedModels();

serve<InspectCalls>({
  describe: (context, files, dimensions) => models.describe(files, dimensions, context),
  examine: (context, files, nodePath) => models.examine(files, nodePath, context),
  statistics: (context, files, weightPath) => models.statistics(files, weightPath, context),
  sparsity: (context, files) => models.sparsity(files, context),
  duplicates: (context, files) => models.duplicates(files, context),
  blocks: (context, files) => models.blocks(files, context),
  compare: (context, a, b) => models.compare(a, b, context),
});
