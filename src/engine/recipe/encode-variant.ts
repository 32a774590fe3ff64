import { encodeFiles, type DataStorage } from '../onnx/codec/encode-files';
import { externalFiles } from '../onnx/codec/external-data';
import type { Model } from '../onnx/graph';
import type { FilePart } from './stream-parts';

/** `keep`: data stays in external files if it was there. `single`: one file, when it fits. `external`: large weights in a second file. */
export type ExternalDataChoice = 'keep' | 'single' | 'external';

export interface EncodedFile {
  readonly kind: 'data' | 'model';
  readonly name: string;
  readonly parts: readonly FilePart[];
  readonly sizeBytes: number;
}

/** The files of a model, the model file last. The data file is called like the model file, with `.data` behind. */
export function encodeVariant(model: Model, name: string, choice: ExternalDataChoice): readonly EncodedFile[] {
  const files = encodeFiles(model, { storage: storageOf(model, choice), dataFileName: `${name}.data` });
  const { externalData: data } = files;
  return [
    ...(data ? [{ kind: 'data' as const, name: data.name, ...data.data }] : []),
    { kind: 'model', name, ...files.model },
  ];
}

function storageOf(model: Model, choice: ExternalDataChoice): DataStorage {
  if (choice === 'external') return 'external';
  return choice === 'keep' && externalFiles(model).length > 0 ? 'external' : 'auto';
}
