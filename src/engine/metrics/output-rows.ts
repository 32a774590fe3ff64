import type { Feeds } from '../data/feeds';
import { ParetoError } from '../errors';
import { tensorNumbers, type Numbers } from './tensor-numbers';

/** An output as rows of numbers, one per sample. */
export interface OutputRows {
  readonly values: Numbers;
  /** Elements per sample. */
  readonly width: number;
}

/** Throws `evaluate/output` when the output is missing, holds no numbers or cannot be divided into `count` rows. */
export function outputRows(outputs: Feeds, name: string, count: number): OutputRows {
  const tensor = outputs[name];
  if (tensor === undefined) {
    const known = Object.keys(outputs).map((output) => `"${output}"`);
    throw new ParetoError('evaluate/output', `There is no output "${name}". The model gives ${known.join(', ')}.`);
  }
  const values = tensorNumbers(tensor);
  if (values === undefined) {
    throw new ParetoError(
      'evaluate/output',
      `Output "${name}" holds ${tensor.dtype}, not numbers: it cannot be judged.`,
    );
  }
  const width = values.length / count;
  if (!Number.isInteger(width) || width === 0) {
    throw new ParetoError(
      'evaluate/output',
      `Output "${name}" of shape [${tensor.dims.join(', ')}] does not hold one row for each of ${count} samples.`,
    );
  }
  return { values, width };
}
