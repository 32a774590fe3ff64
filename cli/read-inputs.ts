/** Reads the inputs of the first samples, for commands that measure on them. */
import type { Feeds, FreeDimensions } from '../src/engine/data/feeds';
import { createInputsReader, firstInputs } from '../src/engine/data/read-inputs';
import { evaluatedSamples } from '../src/engine/data/split';
import { ParetoError } from '../src/engine/errors';
import type { Invocation } from './command';
import { chooseMapping, readGivenMapping } from './options/data-options';
import type { FoundModel } from './model-on-disk';
import { openGivenData } from './open-data';
import { createRecipeHost } from '../src/runtime/node/recipe-host';

/** Throws UsageError, what opening and mapping data throws, and `data/unreadable` where no sample fits the model. */
export async function readInputs(
  invocation: Invocation,
  paths: readonly string[],
  request: { readonly original: FoundModel; readonly freeDimensions: FreeDimensions; readonly count: number },
): Promise<readonly Feeds[]> {
  const { original, freeDimensions, count } = request;
  const given = await readGivenMapping(invocation);
  const context = createRecipeHost(invocation.signal);
  const { dataset } = await openGivenData(invocation, paths, context);
  const { description } = dataset;
  const { mapping } = await chooseMapping(invocation, given, { dataset, context }, original);
  const read = createInputsReader({ dataset, mapping, inputs: original.inputs, freeDimensions });
  const feeds = await firstInputs(read(evaluatedSamples(description.samples, { first: null }), context), count);
  if (feeds.length > 0) return feeds;
  throw new ParetoError(
    'data/unreadable',
    `No sample of ${description.name} could be read and fed to ${original.name}.`,
  );
}
