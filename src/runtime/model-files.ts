/** A model as files: the `.onnx` and, when there are any, its external data files by the names that the model calls them. */
export interface ModelFiles {
  readonly model: Blob;
  readonly name: string;
  readonly externalData: readonly { readonly path: string; readonly data: Blob }[];
}

/** The data file that the model calls by this path. */
export function externalDataAt({ externalData }: ModelFiles, location: string): Blob | undefined {
  return externalData.find(({ path }) => path === location)?.data;
}
