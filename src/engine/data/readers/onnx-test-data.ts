/** Test data as ONNX's own tests and model zoos have it: `test_data_set_0/input_0.pb`, one tensor per file. */
import { ParetoError } from '../../errors';
import { MemorySource } from '../../onnx/byte-source';
import { decodeModel } from '../../onnx/codec/decode';
import { DataType, dataTypeName } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { elementCount, tensorBytes } from '../../onnx/tensor';
import type { DataField, DataFile, Dataset, DatasetDescription, FieldValue, ReadContext, SampleRead } from '../dataset';
import type { FeedTensor } from '../feeds';
import { decodeElements, numericType } from './element-type';
import { baseName } from './file-name';
import { byCodeUnits } from './folder-classes';
import { folderOf } from './listed-folder';
import { SampleDataset } from './sample-dataset';
import { isTestDataName } from './test-data-name';
import { reasonOf } from './unreadable-sample';

const largestFileBytes = 2 ** 30;
/** The number of sets whose shapes are compared. The remaining sets are assumed to differ only in the same axes. */
const setsToCompare = 8;

/**
 * Opens test data of ONNX models, in which each folder is a sample. The fields `input_0` …, `output_0` … hold whole
 * tensors with their batch dimension. The outputs are recorded outputs. Reads the first sets to learn types and shapes.
 * `name` is shown to users. An output that is no tensor (a sequence or a map) is left out, with a note. Throws a
 * ParetoError with the input if it is no tensor in the first set, or if the first set has nothing usable.
 */
export async function openOnnxTestData(
  files: readonly DataFile[],
  name: string,
  context: ReadContext,
): Promise<Dataset> {
  const used = files.filter(({ path }) => isTestDataName(path)).toSorted((a, b) => compareNumbered(a.path, b.path));
  const sets = setsOf(used);
  const [first] = sets;
  if (first === undefined) throw new ParetoError('data/empty', `No file in "${name}" has a name like "input_0.pb".`);
  const notes: string[] = [];
  const fields: DataField[] = [];
  for (const [field, file] of first) {
    const read = readFirst(field, file, notes);
    if (read === undefined) continue;
    const { tensor, recordedOutput } = read;
    const kind = tensor.dtype === 'string' ? 'text' : 'numbers';
    const shape = await commonShape(sets, field, tensor, context);
    fields.push({ name: field, kind, dtype: tensor.dtype, shape, ...(recordedOutput && { recordedOutput }) });
  }
  if (fields.length === 0)
    throw new ParetoError('data/empty', `No file of the first sample of "${name}" can be used. ${notes.join(' ')}`);
  return new TestDataSets(
    {
      name,
      format: 'onnx-test-data',
      samples: sets.length,
      fields,
      sizeBytes: used.reduce((sum, { source }) => sum + source.sizeBytes, 0),
      notes,
    },
    used,
    sets,
  );
}

/** The files of one sample by field. */
type TestSet = ReadonlyMap<string, DataFile>;

function setsOf(files: readonly DataFile[]): readonly TestSet[] {
  const sets = new Map<string, Map<string, DataFile>>();
  for (const file of files) {
    const folder = folderOf(file.path);
    const set = sets.get(folder) ?? new Map<string, DataFile>();
    sets.set(folder, set.set(baseName(file.path).slice(0, -3).toLowerCase(), file));
  }
  return [...sets.values()];
}

interface FirstTensor {
  readonly tensor: FeedTensor;
  readonly recordedOutput?: DataField['recordedOutput'];
}

/** `undefined` for a recorded output that cannot be compared: inputs do without it. */
function readFirst(field: string, file: DataFile, notes: string[]): FirstTensor | undefined {
  const position = /^output_(\d+)$/.exec(field)?.[1];
  try {
    const read = readTensor(file);
    const tensor = feedTensor(read, file);
    const name = read.name ?? '';
    notes.push(`"${field}" is the tensor "${name}".`);
    return position === undefined ? { tensor } : { tensor, recordedOutput: { name, position: Number(position) } };
  } catch (error) {
    if (position === undefined) throw error;
    notes.push(`No output is compared with "${field}". ${reasonOf(error)}`);
    return undefined;
  }
}

class TestDataSets extends SampleDataset {
  readonly #sets: readonly TestSet[];

  constructor(description: DatasetDescription, files: readonly DataFile[], sets: readonly TestSet[]) {
    super(description, files);
    this.#sets = sets;
  }

  protected readerOf(fields: readonly DataField[]): (index: number) => SampleRead {
    return (index) => this.#readSample(index, fields);
  }

  #readSample(index: number, fields: readonly DataField[]): SampleRead {
    const values: [string, FieldValue][] = [];
    for (const { name } of fields) {
      const file = this.#sets[index]?.get(name);
      if (file === undefined) {
        return { index, place: `Set ${index}`, reason: `There is no file "${name}.pb" in it.` };
      }
      try {
        values.push([name, { kind: 'tensor', tensor: feedTensor(readTensor(file), file) }]);
      } catch (error) {
        return { index, place: `"${file.path}"`, reason: reasonOf(error) };
      }
    }
    return { index, values: Object.fromEntries(values) };
  }
}

async function commonShape(
  sets: readonly TestSet[],
  field: string,
  { dims }: FeedTensor,
  context: ReadContext,
): Promise<readonly (number | null)[]> {
  let shape: readonly (number | null)[] = dims;
  for (const set of sets.slice(1, setsToCompare)) {
    await context.checkpoint();
    const file = set.get(field);
    if (file === undefined) continue;
    try {
      const other = readTensor(file).dims.map(Number);
      if (other.length === shape.length) shape = shape.map((size, axis) => (size === other[axis] ? size : null));
    } catch (error) {
      // The sample says so when it is read.
      reasonOf(error);
    }
  }
  return shape;
}

/** A tensor's file is one field of a model's file: with the tags of the fields around it, the decoder of models reads it. */
function readTensor(file: DataFile): Tensor {
  const { path, source } = file;
  if (source.sizeBytes > largestFileBytes) {
    throw new ParetoError('data/too-large', `"${path}" is larger than 1 GB, the maximum for one input.`);
  }
  if (source.sizeBytes === 0) throw new ParetoError('data/damaged', `"${path}" is empty. Download or copy it again.`);
  const initializer = [0x2a, ...varint(source.sizeBytes)];
  const head = [0x3a, ...varint(initializer.length + source.sizeBytes), ...initializer];
  const bytes = new Uint8Array(head.length + source.sizeBytes);
  bytes.set(head);
  bytes.set(source.read(0, source.sizeBytes), head.length);
  let tensor: Tensor | undefined;
  try {
    tensor = decodeModel(new MemorySource(bytes)).graph?.initializers[0];
  } catch {
    // The reason of the decoder is about a model, and has its own advice.
    throw notTensor(path);
  }
  if (tensor?.dataType === undefined) throw notTensor(path);
  return tensor;
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

function feedTensor(tensor: Tensor, { path }: DataFile): FeedTensor {
  const dims = tensor.dims.map(Number);
  const dtype = dataTypeName(tensor.dataType ?? 0);
  if (tensor.dataType === DataType.string) {
    const utf8 = new TextDecoder();
    const data = (tensor.stringData ?? []).map((text) => utf8.decode(text));
    if (data.length !== elementCount(tensor)) throw notTensor(path);
    return { dtype, dims, data };
  }
  const type = numericType(dtype);
  if (type === undefined) {
    throw new ParetoError(
      'data/type',
      `"${path}" contains elements of type ${dtype}, which models cannot be fed here.`,
    );
  }
  try {
    return { dtype, dims, data: decodeElements(tensorBytes(tensor), type) };
  } catch (error) {
    throw notTensor(path, reasonOf(error));
  }
}

/** Compares numbers in names by value: `input_2` comes before `input_10`. */
function compareNumbered(a: string, b: string): number {
  const padded = (text: string): string => text.replace(/\d+/g, (digits) => digits.padStart(12, '0'));
  return byCodeUnits(padded(a), padded(b));
}

function notTensor(path: string, reason?: string): ParetoError {
  return new ParetoError(
    'data/damaged',
    `"${path}" does not contain one ONNX tensor (TensorProto).${reason === undefined ? '' : ` ${reason}`} Download or export it again.`,
  );
}
