/** Looks at models without running them, on any platform. */
import { diffModels, type ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import { refuseUnknownDimensions, refuseUnknownOptions } from './check-options';
import type { ModelHost } from './host';
import { readModelSource } from './model-bytes';
import type { InspectOptions, ModelSource } from './types';

export async function inspectModel(source: ModelSource, options: InspectOptions, host: ModelHost): Promise<Inspection> {
  refuseUnknownOptions(options, ['dimensions']);
  const { dimensions } = options;
  const { opened } = await readModelSource(source, host, { dimensions });
  refuseUnknownDimensions(dimensions, opened.model);
  return opened.inspection;
}

export async function compareModels(
  a: ModelSource,
  b: ModelSource,
  options: object,
  host: ModelHost,
): Promise<ModelDifference> {
  refuseUnknownOptions(options, []);
  const [left, right] = [await readModelSource(a, host), await readModelSource(b, host)];
  return diffModels(left.opened.model, right.opened.model, host);
}
