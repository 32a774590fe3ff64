/** Finds the one model among dropped files, and which of the others are its data. */
import { ParetoError } from '../engine/errors';

/** A model file, and the files that may be its data. */
export interface DroppedModel {
  readonly model: File;
  readonly others: readonly File[];
}

/** Throws `input/none` without files, `input/no-model` and `input/several-models` when it is not clear which is meant. */
export function findDroppedModel(files: readonly File[]): DroppedModel {
  const [only] = files;
  if (!only) throw new ParetoError('input/none', 'No file was given. Drop an .onnx file.');
  const models = files.filter((file) => /\.(onnx|pb|ort)$/i.test(file.name));
  if (models.length > 1) {
    const names = models.map((file) => file.name).join(', ');
    throw new ParetoError('input/several-models', `More than one model was dropped (${names}). Drop one at a time.`);
  }
  const model = models[0] ?? (files.length === 1 ? only : undefined);
  if (!model) {
    throw new ParetoError(
      'input/no-model',
      'None of these files is called .onnx. Drop the model file together with its data files.',
    );
  }
  return { model, others: files.filter((file) => file !== model) };
}

/** By the path that the model uses, or, from a dropped folder or loose files, by an ending of it. */
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
