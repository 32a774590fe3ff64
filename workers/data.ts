/** The worker that reads data, shows what a model gets of it, and evaluates models on it. */
import { DatasetShelf } from '../src/runtime/data/dataset-shelf';
import type { DataCalls } from '../src/runtime/jobs/data-calls';
import { answerCalls } from './answer-calls';

const shelf = new DatasetShelf();

answerCalls<DataCalls>({
  open: (context, files) => shelf.open(files, context),
  suggest: (context, files, model) => shelf.suggest(files, model, context),
  preview: (context, files, model, mapping, index) => shelf.preview(files, model, mapping, index, context),
  standardize: (context, files, model, mapping) => shelf.standardize(files, model, mapping, context),
  labels: (context, files, request) => shelf.labels(files, request, context),
  inputs: (context, files, request) => shelf.inputs(files, request, context),
  check: (context, files, request) => shelf.check(files, request, context),
  evaluate: (context, files, request) => shelf.evaluate(files, request, context),
  tryOut: (context, files, request) => shelf.tryOut(files, request, context),
});
