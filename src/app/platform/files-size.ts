import type { ModelFiles } from '../jobs/jobs';

/** Bytes of the model file and its data files together. */
export function filesSizeBytes({ model, externalData }: ModelFiles): number {
  return externalData.reduce((sum, { data }) => sum + data.size, model.size);
}
