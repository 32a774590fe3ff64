/** A model in Blobs as the engine opens it. */
import type { ModelInput } from '../../engine/recipe/open-model';
import { BlobSource } from '../files/blob-source';
import type { ModelFiles } from './model-files';

/** Returns the input without a SHA-256, because only some callers need it and compute it. */
export function modelInputOf({ name, model, externalData }: ModelFiles): ModelInput {
  return blobInput(name, model, (location) => externalData.find(({ path }) => path === location)?.data);
}

/** The same for files that are not sorted yet: `findBlob` gives the data file that the model calls by this path. */
export function blobInput(name: string, model: Blob, findBlob: (location: string) => Blob | undefined): ModelInput {
  return {
    name,
    source: new BlobSource(model, name),
    sha256: '',
    findData(location) {
      const data = findBlob(location);
      return data && new BlobSource(data, location);
    },
  };
}
