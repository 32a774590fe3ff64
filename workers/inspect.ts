/** The worker that inspects models for people: graphs, shapes, attributes, statistics of weights. Beside the one that optimizes, so that looking never waits for a recipe. */
import type { InspectCalls } from '../src/runtime/jobs/inspect-calls';
import { ModelInspector } from '../src/runtime/models/model-inspector';
import { answerCalls } from './answer-calls';

const models = new ModelInspector();

answerCalls<InspectCalls>({
  inspect: (context, files, dimensions) => models.inspect(files, dimensions, context),
  contents: (context, files, nodePath) => models.contents(files, nodePath, context),
  statistics: (context, files, weightPath) => models.statistics(files, weightPath, context),
  sparsity: (context, files) => models.sparsity(files, context),
  duplicates: (context, files) => models.duplicates(files, context),
  blocks: (context, files) => models.blocks(files, context),
  compare: (context, a, b) => models.compare(a, b, context),
});
