/** Reads and changes models without running them, on any platform. */
import * as v from 'valibot';
import { diffModels, type ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import { optimize } from '../src/work/optimize';
import { dimensions, ownInputs, parseRequest, refuseUnknownDimensions } from '../src/work/request';
import { createHost, refuseUnknownOptions, type ModelPlatform } from './host';
import { MemoryVariant } from './memory-files';
import type { InspectOptions, ModelSource, OptimizeResult, RecipeOptions } from './types';

const fileName = 'model.onnx';

export async function inspectModel(
  source: ModelSource,
  options: InspectOptions,
  platform: ModelPlatform,
): Promise<Inspection> {
  refuseUnknownOptions(options, ['dimensions']);
  const host = createHost(platform, { models: { model: { source, fileName } } });
  const given = { dimensions: options.dimensions };
  const { dimensions: sizes } = parseRequest(v.object({ dimensions }), given, host.option);
  const { opened } = await host.openModel('model', sizes);
  refuseUnknownDimensions(sizes, ownInputs(opened.model), host.option);
  return opened.inspection;
}

export async function compareModels(
  a: ModelSource,
  b: ModelSource,
  options: object,
  platform: ModelPlatform,
): Promise<ModelDifference> {
  refuseUnknownOptions(options, []);
  const host = createHost(platform, { models: { a: { source: a, fileName }, b: { source: b, fileName } } });
  const [left, right] = [await host.openModel('a'), await host.openModel('b')];
  return diffModels(left.opened.model, right.opened.model, platform);
}

/** The function of the entry `.`: the recipe runs in the calling thread, without a runtime for models. */
export async function optimizeByRecipe(
  source: ModelSource,
  options: RecipeOptions,
  platform: ModelPlatform,
): Promise<OptimizeResult> {
  refuseUnknownOptions(options, ['recipe', 'seed', 'dimensions']);
  const host = createHost(platform, { models: { model: { source, fileName } } });
  const { recipe, seed, dimensions: sizes } = options;
  const request = { model: 'model', recipe, seed, dimensions: sizes, withoutData: true } as const;
  const { report, files } = await optimize(request, { ...host, openVariant: () => new MemoryVariant() });
  return { ...files.toModel(), report };
}
