/** Models ⇄ Blobs on any host: read as a whole, for models that are small enough to run. */
import { MemorySource } from '../../engine/onnx/byte-source';
import { encodeModel, type EncodedModel } from '../../engine/onnx/codec/encode';
import { encodeFiles } from '../../engine/onnx/codec/encode-files';
import type { Model } from '../../engine/onnx/graph';
import { readModel } from '../../engine/recipe/open-model';
import type { ModelFiles } from '../models/model-files';

/** Throws what `readModel` throws. */
export async function modelOfFiles({ model, name, externalData }: ModelFiles): Promise<Model> {
  const source = await inMemory(model);
  const data = new Map<string, MemorySource>();
  for (const file of externalData) data.set(file.path, await inMemory(file.data));
  return readModel({ name, source, sha256: '', findData: (location) => data.get(location) }).model;
}

/** One file; what the model keeps in other files stays there: only where these are given along can it run. */
export function blobOfModel(model: Model): Blob {
  return blobOf(encodeModel(model));
}

/** One file that runs alone: what the model keeps in other files moves into it. Throws `external-data/missing`. */
export function wholeBlobOfModel(model: Model): Blob {
  return blobOf(encodeFiles(model, { storage: 'single-file', dataFileName: '' }).model);
}

function blobOf({ parts }: EncodedModel): Blob {
  const read = parts.map((part) => (part instanceof Uint8Array ? part : part.read()));
  return new Blob(read as Uint8Array<ArrayBuffer>[]);
}

async function inMemory(blob: Blob): Promise<MemorySource> {
  return new MemorySource(new Uint8Array(await blob.arrayBuffer()));
}
