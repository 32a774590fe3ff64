/** A model → the files of an export: one file, or a model file with a data file beside it. Nothing is copied. */
import type { ByteSource } from '../byte-source';
import type { Model, StringEntry, Tensor } from '../graph';
import { mapTensors, storedDataBytes, type TensorPlace } from '../map-tensors';
import { isExternal, storedSizeBytes, storedSource, withRawData } from '../tensor';
import { encodeModel, maxModelFileBytes, type EncodedModel } from './encode';

/** `auto`: one file while it fits in 2 GB. */
export type DataStorage = 'auto' | 'single-file' | 'external';

export interface EncodedFiles {
  readonly model: EncodedModel;
  readonly externalData?: { readonly name: string; readonly data: EncodedModel };
}

/** Smaller tensors stay in the model file, as the onnx package does it. */
const smallestExternalBytes = 1024;
/**
 * Tensors start at multiples of this, so that a runtime can use the bytes where they lie. (ONNX recommends 4 kB or 64 kB for
 * memory mapping; runtimes do not need it, and small models would grow.)
 */
const alignmentBytes = 64;
/** Structure and small tensors that stay in the model file come on top of the data; far less than this in any model. */
const structureAllowanceBytes = 2 ** 26;

/**
 * Encodes a model into its files. External tensors must be attached (`attachExternalData`); they are moved into the file
 * or the new data file as `storage` says. `dataFileName` is what the model will call its data file: the model's file
 * name plus `.data` by custom. Throws `external-data/missing` for a tensor whose data file is not at hand.
 */
export function encodeFiles(
  model: Model,
  options: { readonly storage: DataStorage; readonly dataFileName: string },
): EncodedFiles {
  const external =
    options.storage === 'external' ||
    (options.storage === 'auto' && storedDataBytes(model) > maxModelFileBytes - structureAllowanceBytes);
  if (!external) return { model: encodeModel(embedded(model)) };
  const fromMainGraph = withDataFile(model, options.dataFileName, ['main']);
  // onnxruntime-web loads external data in the main graph only: what hangs deeper moves when the file would not fit otherwise.
  const moved =
    fromMainGraph.remainingBytes <= maxModelFileBytes - structureAllowanceBytes
      ? fromMainGraph
      : withDataFile(model, options.dataFileName, ['main', 'nested']);
  const encoded = encodeModel(moved.model);
  if (moved.parts.length === 0) return { model: encoded };
  return {
    model: encoded,
    externalData: { name: options.dataFileName, data: { parts: moved.parts, sizeBytes: moved.sizeBytes } },
  };
}

/** Bytes of the files that a model is written into, its data file among them; `name` is that of the model file. */
export function encodedBytes(model: Model, name = ''): number {
  const { model: file, externalData } = encodeFiles(model, { storage: 'auto', dataFileName: `${name}.data` });
  return file.sizeBytes + (externalData?.data.sizeBytes ?? 0);
}

/** The model with all data in its own file. */
function embedded(model: Model): Model {
  return mapTensors(model, (tensor) => (isExternal(tensor) ? withRawData(tensor, storedSource(tensor)!) : tensor));
}

interface MovedData {
  readonly model: Model;
  readonly parts: readonly (Uint8Array | ByteSource)[];
  readonly sizeBytes: number;
  /** Data that stays in the model file. */
  readonly remainingBytes: number;
}

function withDataFile(model: Model, location: string, places: readonly TensorPlace[]): MovedData {
  const parts: (Uint8Array | ByteSource)[] = [];
  let sizeBytes = 0;
  let remainingBytes = 0;
  /** A tensor that stands in several places is stored once. */
  const done = new Map<Tensor, Tensor>();
  const move = (tensor: Tensor, place: TensorPlace): Tensor => {
    const known = done.get(tensor);
    if (known) return known;
    const source = storedSource(tensor);
    if (!source || source.sizeBytes < smallestExternalBytes || !places.includes(place)) {
      remainingBytes += source?.sizeBytes ?? storedSizeBytes(tensor);
      return isExternal(tensor) ? withRawData(tensor, source!) : tensor;
    }
    const padding = (alignmentBytes - (sizeBytes % alignmentBytes)) % alignmentBytes;
    if (padding > 0) parts.push(new Uint8Array(padding));
    const offset = sizeBytes + padding;
    parts.push(source);
    sizeBytes = offset + source.sizeBytes;
    const moved = externalForm(tensor, source, location, offset);
    done.set(tensor, moved);
    return moved;
  };
  return { model: mapTensors(model, move), parts, sizeBytes, remainingBytes };
}

function externalForm(tensor: Tensor, source: ByteSource, location: string, offset: number): Tensor {
  const externalData: StringEntry[] = [
    { key: 'location', value: location },
    { key: 'offset', value: String(offset) },
    { key: 'length', value: String(source.sizeBytes) },
  ];
  return { ...tensor, rawData: undefined, externalData, externalSource: source, dataLocation: 1 };
}
