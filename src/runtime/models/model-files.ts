/** A model as files: the `.onnx` and, when there are any, its external data files by the names that the model calls them. */
export interface ModelFiles {
  readonly model: Blob;
  readonly name: string;
  readonly externalData: readonly { readonly path: string; readonly data: Blob }[];
  /** Names that sessions give to outputs, by those of the file. An output that is not among them keeps its name. */
  readonly outputNames?: ReadonlyMap<string, string>;
}
