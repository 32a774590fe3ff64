import { encodeFiles, type DataStorage } from '../onnx/codec/encode-files';
import type { Model } from '../onnx/graph';
import { assertOpens, type EncodedFile } from './check-written';

/**
 * The files of a model, the model file last: when it exists, so does its data. Reads and copies no weights. Throws
 * `variant/unreadable` where what was made would not open, and as `encodeFiles` does.
 */
export function encodeVariant(model: Model, name: string, storage: DataStorage): readonly EncodedFile[] {
  const { model: modelFile, externalData } = encodeFiles(model, { storage, dataFileName: `${name}.data` });
  const files: EncodedFile[] = [{ kind: 'model', name, ...modelFile }];
  if (externalData) files.unshift({ kind: 'data', name: externalData.name, ...externalData.data });
  assertOpens(files);
  return files;
}
