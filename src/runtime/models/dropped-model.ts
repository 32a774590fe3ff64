/** Finds the one model among dropped files, and which of the others are its data. */
import { isTestDataName } from '../../engine/data/readers/test-data-name';
import { ParetoError } from '../../engine/errors';
import { foreignModel } from '../../engine/onnx/codec/recognize';

/** A model file, and the files that may be its data. */
export interface DroppedModel {
  readonly model: File;
  readonly others: readonly File[];
}

/**
 * Throws `input/none` without files. Throws `input/no-model` and `input/several-models` if it is unclear which file is
 * meant. Throws `format/…` with export instructions if all files are of another framework.
 */
export function findDroppedModel(files: readonly File[]): DroppedModel {
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
function modelsAmong(files: readonly File[]): readonly File[] {
  const named = files.filter(({ name }) => /\.onnx$/i.test(name));
  return named.length > 0 ? named : files.filter(({ name }) => /\.(pb|ort|gguf)$/i.test(name) && !isTestDataName(name));
}

/** Finds a data file by the path that the model uses, or, from a dropped folder or loose files, by an ending of it. */
export function findDataFile(files: readonly File[], location: string): File | undefined {
  const bareName = location.slice(location.lastIndexOf('/') + 1);
  return (
    files.find((file) => pathOf(file) === location) ??
    files.find((file) => pathOf(file).endsWith(`/${location}`)) ??
    files.find((file) => file.name === bareName)
  );
}

function pathOf(file: File): string {
  return file.webkitRelativePath || file.name;
}
