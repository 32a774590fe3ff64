/** Data in memory, on its way into the engine. */
import type { Dataset } from '../src/engine/data/dataset';
import type { Feeds, FreeDimensions } from '../src/engine/data/feeds';
import { assertMapping } from '../src/engine/data/mapping/assert-mapping';
import type { DataMapping } from '../src/engine/data/mapping/mapping';
import { parseMapping } from '../src/engine/data/mapping/mapping-schema';
import { suggestMapping } from '../src/engine/data/mapping/suggest-mapping';
import { openDataset } from '../src/engine/data/open-dataset';
import { createInputsReader, firstInputs } from '../src/engine/data/read-inputs';
import { evaluatedSamples } from '../src/engine/data/split';
import { ParetoError } from '../src/engine/errors';
import { MemorySource } from '../src/engine/onnx/byte-source';
import type { OpenedInput } from '../src/engine/recipe/open-model';
import type { LibraryHost } from './host';
import { isBytes, plainBytes, type ReadModel } from './model-bytes';
import type { ModelData } from './types';

export interface OpenedData {
  readonly dataset: Dataset;
  readonly chosen: { readonly mapping: DataMapping; readonly reasons: readonly string[] };
}

/** Throws `data/…` and `mapping/…` when the data cannot be read or does not fit the model. */
export async function openModelData(
  { files, mapping: given }: ModelData,
  { inspection: { inputs, outputs } }: OpenedInput,
  host: LibraryHost,
): Promise<OpenedData> {
  const mapping = given === undefined ? undefined : parseMapping(given);
  const dataset = await openDataFiles(files, host);
  const { description } = dataset;
  const model = { inputs, outputs };
  const chosen = mapping === undefined ? suggestMapping(description, model) : { mapping, reasons: [] };
  const remedy = 'Set its source in the mapping.';
  assertMapping(chosen.mapping, { description, model, isGiven: mapping !== undefined, remedy });
  return { dataset, chosen };
}

/** Throws `options/invalid` and `input/not-bytes` for what is no files, and what `openDataset` throws. */
export async function openDataFiles(files: ModelData['files'] | undefined, host: LibraryHost): Promise<Dataset> {
  if (typeof files !== 'object' || files === null) {
    throw new ParetoError(
      'options/invalid',
      'Data must be { files }, with the content of each file by its path: { files: { "test.npz": bytes } }.',
    );
  }
  const given = Object.entries(files);
  if (!given.every(([, bytes]) => isBytes(bytes))) {
    throw new ParetoError('input/not-bytes', 'Each file of the data must be a Uint8Array, by its path in `files`.');
  }
  const sources = given.map(([path, bytes]) => ({ path, source: new MemorySource(plainBytes(bytes)) }));
  return openDataset(sources, { decoder: host.decoder, context: host });
}

/** The inputs from the first samples, at most `count`. Throws `data/unreadable` if no sample fits. */
export async function readFirstInputs(
  data: ModelData,
  { name, opened }: ReadModel,
  freeDimensions: FreeDimensions,
  count: number,
  host: LibraryHost,
): Promise<readonly Feeds[]> {
  const { dataset, chosen } = await openModelData(data, opened, host);
  const { description } = dataset;
  const request = { dataset, mapping: chosen.mapping, inputs: opened.inspection.inputs, freeDimensions };
  const indices = evaluatedSamples(description.samples, { first: null });
  const feeds = await firstInputs(createInputsReader(request)(indices, host), count);
  if (feeds.length > 0) return feeds;
  throw new ParetoError('data/unreadable', `No sample of ${description.name} could be read and fed to ${name}.`);
}
