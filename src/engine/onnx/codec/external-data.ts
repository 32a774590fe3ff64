/**
 * Finds the other files that hold data of a model's tensors (ONNX: "external data"), and joins them. No data is read: a tensor gets a slice
 * of its data file.
 */
import { ParetoError } from '../../errors';
import type { ByteSource } from '../byte-source';
import type { Model, Tensor } from '../graph';
import { mapTensors } from '../map-tensors';
import { expectedSizeBytes, externalEntry, isExternal, tensorTitle } from '../tensor';

/** A data file that a model needs. */
export interface ExternalFile {
  /** The file name that the model states, relative to the model's folder. */
  readonly location: string;
  /** Names of the tensors in it. */
  readonly tensors: readonly string[];
}

/** The data files that the model names, in the order of first use. */
export function externalFiles(model: Model): ExternalFile[] {
  const found = new Map<string, string[]>();
  mapTensors(model, (tensor) => {
    if (isExternal(tensor)) {
      const location = externalEntry(tensor, 'location') ?? '';
      const names = found.get(location) ?? [];
      names.push(tensor.name ?? '');
      found.set(location, names);
    }
    return tensor;
  });
  return [...found].map(([location, tensors]) => ({ location, tensors }));
}

/**
 * Joins every external tensor of the model to its data file. `files` are by location. A file that was dropped without
 * its folder is found by its last name too. Throws `external-data/missing` with the file and a tensor. Throws
 * `external-data/location` for a path that leaves the model's folder, and `external-data/range` if offset or length do
 * not fit the file or the tensor.
 */
export function attachExternalData(model: Model, files: ReadonlyMap<string, ByteSource>): Model {
  const byPath = new Map([...files].map(([path, source]) => [normalize(path), source]));
  return mapTensors(model, (tensor) => {
    if (!isExternal(tensor) || tensor.externalSource) return tensor;
    const location = safeLocation(tensor);
    const source = byPath.get(location) ?? byPath.get(location.slice(location.lastIndexOf('/') + 1));
    if (!source) throw missing(location, tensor);
    return { ...tensor, externalSource: sliceOf(source, location, tensor) };
  });
}

function missing(location: string, tensor: Tensor): ParetoError {
  return new ParetoError(
    'external-data/missing',
    `The data of ${tensorTitle(tensor)} is in the file "${location}", which is missing. ` +
      'Open the model together with that file, or the folder that contains both.',
  );
}

/** A location must name a file in the model's folder or below: model files come from strangers. */
function safeLocation(tensor: Tensor): string {
  const raw = externalEntry(tensor, 'location') ?? '';
  const location = normalize(raw);
  const escapes = location.split('/').includes('..') || /^(\/|[a-zA-Z]:)/.test(location) || location.includes('\0');
  if (location !== '' && !escapes) return location;
  throw new ParetoError(
    'external-data/location',
    `The data of ${tensorTitle(tensor)} is stated to be in "${raw}", which is not a file in the model's folder. ` +
      'Such paths are refused. Save the model again with its data beside it.',
  );
}

function normalize(path: string): string {
  return path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part, index) => part !== '.' && (part !== '' || index === 0))
    .join('/');
}

function sliceOf(source: ByteSource, location: string, tensor: Tensor): ByteSource {
  const expected = expectedSizeBytes(tensor);
  const offset = wholeNumber(tensor, 'offset') ?? 0;
  const length = wholeNumber(tensor, 'length') ?? expected ?? source.sizeBytes - offset;
  if (expected !== undefined && length !== expected) {
    throw range(location, tensor, `is stated to have ${length} bytes, but its shape and type need ${expected}`);
  }
  if (offset + length > source.sizeBytes) {
    throw range(location, tensor, `ends at byte ${offset + length}, but the file has ${source.sizeBytes}`);
  }
  return source.slice(offset, offset + length);
}

function range(location: string, tensor: Tensor, what: string): ParetoError {
  return new ParetoError(
    'external-data/range',
    `In the data file "${location}", ${tensorTitle(tensor)} ${what}. The file is incomplete or belongs to another model.`,
  );
}

function wholeNumber(tensor: Tensor, key: string): number | undefined {
  const text = externalEntry(tensor, key);
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new ParetoError(
    'external-data/range',
    `The ${key} of ${tensorTitle(tensor)} is "${text}", which is not a number.`,
  );
}
