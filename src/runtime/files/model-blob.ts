/** Models ⇄ Blobs on any host: read as a whole, for models that are small enough to run. */
import { MemorySource } from '../../engine/onnx/byte-source';
import { encodeModel } from '../../engine/onnx/codec/encode';
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

/** One file; what the model keeps in other files stays there. */
export function blobOfModel(model: Model): Blob {
  const parts = encodeModel(model).parts.map((part) => (part instanceof Uint8Array ? part : part.read()));
  return new Blob(parts as Uint8Array<ArrayBuffer>[]);
}

async function inMemory(blob: Blob): Promise<MemorySource> {
  return new MemorySource(new Uint8Array(await blob.arrayBuffer()));
}
