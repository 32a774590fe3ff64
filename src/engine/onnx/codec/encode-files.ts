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
  /** Data files in the order of their names; none for a model that is one file. */
  readonly externalData: readonly { readonly name: string; readonly data: EncodedModel }[];
}

export interface EncodeFilesOptions {
  readonly storage: DataStorage;
  /** The name that the model calls its data file by. Further files have `_1`, `_2`, … behind it. */
  readonly dataFileName: string;
  /** A data file gets no tensor that would make it larger than this; a larger tensor is alone in its file. Absent: one file. */
  readonly mostDataFileBytes?: number;
}

/** Smaller tensors stay in the model file, as the onnx package does it. */
const smallestExternalBytes = 1024;
/**
 * Tensors start at multiples of this, so that a runtime can use the bytes in place. (ONNX recommends 4 kB or 64 kB for
 * memory mapping; runtimes do not need it, and small models would grow.)
 */
const alignmentBytes = 64;
/** Structure and small tensors that stay in the model file come on top of the data; far less than this in any model. */
const structureAllowanceBytes = 2 ** 26;

/**
 * Encodes a model into its files. External tensors must be attached (`attachExternalData`); they are moved into the file
 * or the new data files as `storage` says. Throws `external-data/missing` for a tensor whose data file is not at hand.
 */
export function encodeFiles(model: Model, options: EncodeFilesOptions): EncodedFiles {
  const external =
    options.storage === 'external' ||
    (options.storage === 'auto' && storedDataBytes(model) > maxModelFileBytes - structureAllowanceBytes);
  if (!external) return { model: encodeModel(embedded(model)), externalData: [] };
  const fromMainGraph = withDataFiles(model, options, ['main']);
  // onnxruntime-web loads external data in the main graph only. Deeper tensors move only if the file would not fit
  // otherwise.
  const moved =
    fromMainGraph.remainingBytes <= maxModelFileBytes - structureAllowanceBytes
      ? fromMainGraph
      : withDataFiles(model, options, ['main', 'nested']);
  const externalData = moved.files.map(({ name, parts, sizeBytes }) => ({ name, data: { parts, sizeBytes } }));
  return { model: encodeModel(moved.model), externalData };
}

/** Bytes of the files that a model is written into, its data file among them; `name` is that of the model file. */
export function encodedBytes(model: Model, name = ''): number {
  const { model: file, externalData } = encodeFiles(model, { storage: 'auto', dataFileName: `${name}.data` });
  return externalData.reduce((sum, { data }) => sum + data.sizeBytes, file.sizeBytes);
}

/** The model with all data in its own file. */
function embedded(model: Model): Model {
  return mapTensors(model, (tensor) => (isExternal(tensor) ? withRawData(tensor, storedSource(tensor)!) : tensor));
}

interface DataFile {
  readonly name: string;
  readonly parts: (Uint8Array | ByteSource)[];
  sizeBytes: number;
}

interface MovedData {
  readonly model: Model;
  readonly files: readonly Readonly<DataFile>[];
  /** Data that stays in the model file. */
  readonly remainingBytes: number;
}

function withDataFiles(
  model: Model,
  { dataFileName, mostDataFileBytes = Infinity }: EncodeFilesOptions,
  places: readonly TensorPlace[],
): MovedData {
  const files: DataFile[] = [];
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
    const last = files.at(-1);
    const hasRoom = last !== undefined && aligned(last.sizeBytes) + source.sizeBytes <= mostDataFileBytes;
    const file = hasRoom ? last : { name: nthName(dataFileName, files.length), parts: [], sizeBytes: 0 };
    if (!hasRoom) files.push(file);
    const moved = externalForm(tensor, source, file.name, append(file, source));
    done.set(tensor, moved);
    return moved;
  };
  return { model: mapTensors(model, move), files, remainingBytes };
}

function nthName(name: string, index: number): string {
  return index === 0 ? name : `${name}_${index}`;
}

function aligned(sizeBytes: number): number {
  return Math.ceil(sizeBytes / alignmentBytes) * alignmentBytes;
}

/** Appends the source to the file, and returns the offset at which it begins. */
function append(file: DataFile, source: ByteSource): number {
  const offset = aligned(file.sizeBytes);
  if (offset > file.sizeBytes) file.parts.push(new Uint8Array(offset - file.sizeBytes));
  file.parts.push(source);
  file.sizeBytes = offset + source.sizeBytes;
  return offset;
}

function externalForm(tensor: Tensor, source: ByteSource, location: string, offset: number): Tensor {
  const externalData: StringEntry[] = [
    { key: 'location', value: location },
    { key: 'offset', value: String(offset) },
    { key: 'length', value: String(source.sizeBytes) },
  ];
  return { ...tensor, rawData: undefined, externalData, externalSource: source, dataLocation: 1 };
}
