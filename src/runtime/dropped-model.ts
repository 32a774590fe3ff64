/** Finds the one model among dropped files, and which of the others are its data. */
import { ParetoError } from '../engine/errors';
import type { ByteSource } from '../engine/onnx/byte-source';
import { decodeModel } from '../engine/onnx/codec/decode';
import { externalFiles } from '../engine/onnx/codec/external-data';
import { BlobSource } from './blob-source';
import type { ModelBlobs } from './model-blobs';

/**
 * Throws `input/none` without files, `input/several-models` when more than one could be meant, and the codec's
 * `format/…` errors, which say what a file is that is no model.
 */
export function findDroppedModel(files: readonly File[]): ModelBlobs {
  const [only] = files;
  if (!only) throw new ParetoError('input/none', 'No file was given. Drop an .onnx file.');
  const models = files.filter((file) => /\.(onnx|pb|ort)$/i.test(file.name));
  if (models.length > 1) {
    const names = models.map((file) => file.name).join(', ');
    throw new ParetoError('input/several-models', `More than one model was dropped (${names}). Drop one at a time.`);
  }
  const model = models[0] ?? (files.length === 1 ? only : undefined);
  if (!model) {
    throw new ParetoError(
      'input/no-model',
      'None of these files is called .onnx. Drop the model file together with its data files.',
    );
  }
  const others = new Map(files.filter((file) => file !== model).map((file) => [pathOf(file), file]));
  const externalData = externalFiles(decodeModel(new BlobSource(model, model.name))).flatMap(({ location }) => {
    const data = dataFile(others, location);
    // A missing one is reported when the data is attached: the tensor is known there.
    return data ? [{ path: location, data }] : [];
  });
  return { model, name: model.name, externalData };
}

export function sourcesOf(files: ModelBlobs): ReadonlyMap<string, ByteSource> {
  return new Map(files.externalData.map(({ path, data }) => [path, new BlobSource(data, path)]));
}

/** By the path that the model uses, or, from a dropped folder or loose files, by an ending of it. */
function dataFile(files: ReadonlyMap<string, File>, location: string): File | undefined {
  const exact = files.get(location);
  if (exact) return exact;
  for (const [path, file] of files) if (path.endsWith(`/${location}`)) return file;
  const bareName = location.slice(location.lastIndexOf('/') + 1);
  for (const file of files.values()) if (file.name === bareName) return file;
  return undefined;
}

function pathOf(file: File): string {
  return file.webkitRelativePath || file.name;
}
