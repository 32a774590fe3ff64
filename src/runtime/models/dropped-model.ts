/** Finds the one model among dropped files, and which of the others are its data. */
import type { DataFile, ReadContext } from '../../engine/data/dataset';
import { isZip, openZip } from '../../engine/data/readers/archives/zip';
import { baseName } from '../../engine/data/readers/file-name';
import { isTestDataName } from '../../engine/data/readers/test-data-name';
import { ParetoError } from '../../engine/errors';
import { formatBytes } from '../../engine/format';
import type { ByteSource } from '../../engine/onnx/byte-source';
import { foreignModel } from '../../engine/onnx/codec/recognize';

/** A model file, and the files that may be its data. */
export interface DroppedModel {
  readonly model: File;
  /** The data file of a location that the model names. */
  dataAt(location: string): Blob | undefined;
}

type NamedFile = Pick<File, 'name' | 'webkitRelativePath'>;

/** The most bytes that are unpacked of one file in a zip. */
const largestUnpackedBytes = 8e9;
const unpackedWindowBytes = 2 ** 26;

/**
 * Finds the model among dropped files. A zip alone is opened if it holds one model; the model and its data are unpacked,
 * and nothing else.
 */
export async function openDroppedModel(
  files: readonly File[],
  sourceOf: (file: File) => ByteSource,
  context: ReadContext,
): Promise<DroppedModel> {
  const { model, others } = findDroppedModel(files);
  const source = sourceOf(model);
  if (files.length > 1 || !/\.zip$/i.test(model.name) || !isZip(source)) {
    return { model, dataAt: (location) => findDataFile(others, location) };
  }
  const entries = await openZip({ path: model.name, source }, context);
  const packed = entries.map((entry) => ({ name: baseName(entry.path), webkitRelativePath: entry.path, entry }));
  const found = packed.some(({ name }) => /\.onnx$/i.test(name)) ? findDroppedModel(packed) : undefined;
  if (found === undefined) return { model, dataAt: () => undefined };
  return {
    model: unpacked(found.model.entry),
    dataAt(location) {
      const data = findDataFile(found.others, location);
      return data && unpacked(data.entry);
    },
  };
}

/** The browser may keep the windows outside of this process's memory. */
function unpacked({ path, source }: DataFile): File {
  if (source.sizeBytes > largestUnpackedBytes) {
    const most = formatBytes(largestUnpackedBytes);
    throw new ParetoError(
      'input/large-entry',
      `${path} has more than ${most}. Unpack the zip file and open its files.`,
    );
  }
  const windows: Blob[] = [];
  for (let start = 0; start < source.sizeBytes; start += unpackedWindowBytes) {
    const bytes = source.read(start, Math.min(start + unpackedWindowBytes, source.sizeBytes));
    windows.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  }
  return new File(windows, baseName(path));
}

/**
 * Throws `input/none` without files. Throws `input/no-model` and `input/several-models` if it is unclear which file is
 * meant. Throws `format/…` with export instructions if all files are of another framework.
 */
export function findDroppedModel<Dropped extends NamedFile>(
  files: readonly Dropped[],
): { readonly model: Dropped; readonly others: readonly Dropped[] } {
  const [only] = files;
  if (!only) throw new ParetoError('input/none', 'No file was given. Drop an .onnx or .gguf file.');
  const models = modelsAmong(files);
  if (models.length > 1) {
    const names = models.map((file) => file.name).join(', ');
    throw new ParetoError('input/several-models', `More than one model was dropped (${names}). Drop one at a time.`);
  }
  const model = models[0] ?? (files.length === 1 ? only : undefined);
  if (!model) {
    const foreign = files.map(({ name }) => foreignModel(name)).find((error) => error !== undefined);
    if (foreign !== undefined) throw foreign;
    throw new ParetoError(
      'input/no-model',
      'None of these files is called .onnx. Drop the model file together with its data files.',
    );
  }
  return { model, others: files.filter((file) => file !== model) };
}

/** Other endings that models have are those of weights and of test data too: beside an `.onnx` such files belong to it. */
function modelsAmong<Dropped extends NamedFile>(files: readonly Dropped[]): readonly Dropped[] {
  const named = files.filter(({ name }) => /\.onnx$/i.test(name));
  return named.length > 0 ? named : files.filter(({ name }) => /\.(pb|ort|gguf)$/i.test(name) && !isTestDataName(name));
}

/** Finds a data file by the path that the model uses, or, from a dropped folder or loose files, by an ending of it. */
export function findDataFile<Dropped extends NamedFile>(
  files: readonly Dropped[],
  location: string,
): Dropped | undefined {
  const bareName = location.slice(location.lastIndexOf('/') + 1);
  return (
    files.find((file) => pathOf(file) === location) ??
    files.find((file) => pathOf(file).endsWith(`/${location}`)) ??
    files.find((file) => file.name === bareName)
  );
}

function pathOf(file: NamedFile): string {
  return file.webkitRelativePath || file.name;
}
