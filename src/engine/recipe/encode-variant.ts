import { encodeFiles, type EncodeFilesOptions } from '../onnx/codec/encode-files';
import type { Model } from '../onnx/graph';
import { assertOpens, type EncodedFile } from './check-written';

/**
 * The way in which the data of a variant is stored. Without a name, the data file is called like the model with `.data`
 * behind it.
 */
export type VariantStorage = Omit<EncodeFilesOptions, 'dataFileName'> & Partial<EncodeFilesOptions>;

/**
 * The files of a model, the model file last: when it exists, so does its data. Reads and copies no weights. Throws
 * `variant/unreadable` where what was made would not open, and as `encodeFiles` does.
 */
export function encodeVariant(
  model: Model,
  name: string,
  { storage, dataFileName = `${name}.data`, mostDataFileBytes = Infinity }: VariantStorage,
): readonly EncodedFile[] {
  const { model: modelFile, externalData } = encodeFiles(model, { storage, dataFileName, mostDataFileBytes });
  const files: readonly EncodedFile[] = [
    ...externalData.map((file) => ({ kind: 'data' as const, name: file.name, ...file.data })),
    { kind: 'model', name, ...modelFile },
  ];
  assertOpens(files);
  return files;
}
