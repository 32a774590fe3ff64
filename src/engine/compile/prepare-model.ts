/** Makes a model ready for `compileModel`: every dimension gets a size, and what is constant is computed. */
import { inspectInputs } from '../analysis/inspect';
import { freeDimensionsOf } from '../data/free-dimensions';
import type { FreeDimensions } from '../data/feeds';
import type { Model } from '../onnx/graph';
import { ownValue } from '../own-value';
import { runPipeline, type PipelineContext } from '../recipe/pipeline';
import { recipeOf } from '../recipe/recipe';

/** Constants that a fixed shape makes are few and small, so a limit on their growth does not apply. */
const maxFoldedBytes = 2 ** 26;

/** Dimensions that are not given get the sizes that Pareto uses for random inputs. Throws as `runPipeline` does. */
export async function prepareModel(model: Model, dimensions: FreeDimensions, context: PipelineContext): Promise<Model> {
  const free = freeDimensionsOf(inspectInputs(model));
  const sizes = free.map(({ key, suggested }) => `${key}=${ownValue(dimensions, key) ?? suggested}`);
  const fixed = { pass: 'fix-dimensions', options: { dimensions: sizes } };
  const simplified = { pass: 'simplify', options: { maxFoldedBytes } };
  // Newer operator sets have operators for what exporters write as several nodes.
  const newer = { pass: 'convert-opset', options: { target: '21' } };
  const recipe = recipeOf(free.length > 0 ? [fixed, newer, simplified] : [newer, simplified]);
  return (await runPipeline(model, recipe, { ...context, warnsOfCost: false })).model;
}
