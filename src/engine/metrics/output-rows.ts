import type { Feeds, FeedTensor } from '../data/feeds';
import { ParetoError } from '../errors';
import { tensorNumbers, type Numbers } from '../data/tensor-numbers';
import { ownValue } from '../own-value';

/** An output as rows of numbers, one per sample. */
export interface OutputRows {
  readonly values: Numbers;
  /** Elements per sample. */
  readonly width: number;
}

/** Throws `evaluate/output` when the output is missing, holds no numbers or cannot be divided into `count` rows. */
export function outputRows(outputs: Feeds, name: string, count: number): OutputRows {
  const tensor = findOutput(outputs, name);
  const values = tensorNumbers(tensor);
  if (values === undefined) {
    throw new ParetoError(
      'evaluate/output',
      `Output "${name}" contains ${tensor.dtype}, not numbers, and cannot be evaluated. Choose another output, or the task classification.`,
    );
  }
  return rowsOf(values, tensor, name, count);
}

/**
 * Returns the rows of an output that answers with classes. A text becomes the number of the class of that name in
 * `classNames`, or −1 if there is none. Without names, it becomes the number that it spells. Throws `evaluate/output`
 * also for a text that spells no number then.
 */
export function classRows(
  outputs: Feeds,
  name: string,
  count: number,
  classNames: readonly string[] | undefined,
): OutputRows {
  const tensor = findOutput(outputs, name);
  if (tensor.dtype !== 'string') return outputRows(outputs, name, count);
  const places = classNames && new Map(classNames.map((each, place) => [each, place]));
  const classOf = places === undefined ? numberIn : (text: string) => places.get(text.trim()) ?? -1;
  const values = Float64Array.from(tensor.data as readonly string[], classOf);
  if (values.includes(Number.NaN)) {
    throw new ParetoError(
      'evaluate/output',
      `Output "${name}" contains class names, but the labels are numbers. List the names in the order of the numbers as "classes" of the labels.`,
    );
  }
  return rowsOf(values, tensor, name, count);
}

function numberIn(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function findOutput(outputs: Feeds, name: string): FeedTensor {
  const tensor = ownValue(outputs, name);
  if (tensor !== undefined) return tensor;
  const known = Object.keys(outputs).map((output) => `"${output}"`);
  throw new ParetoError('evaluate/output', `There is no output "${name}". The model has ${known.join(', ')}.`);
}

function rowsOf(values: Numbers, tensor: FeedTensor, name: string, count: number): OutputRows {
  const width = values.length / count;
  if (!Number.isInteger(width) || width === 0) {
    throw new ParetoError(
      'evaluate/output',
      `Output "${name}" of shape [${tensor.dims.join(', ')}] does not hold one row for each of ${count} samples.`,
    );
  }
  return { values, width };
}
