/** A model as files: the `.onnx` and, when there are any, its external data files by the names that the model calls them. */
export interface ModelFiles {
  readonly model: Blob;
  readonly name: string;
  readonly externalData: readonly { readonly path: string; readonly data: Blob }[];
  /**
   * Where the files lie on the disk, the model first. A session in Node reads them there, because a Blob of a file cannot
   * be sent to its thread. Absent: they are in memory, or in a browser.
   */
  readonly onDisk?: readonly string[];
}

/** Files of fewer bytes together are read as a whole. */
export const leastLargeBytes = 64_000_000;
