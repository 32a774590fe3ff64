/** The source of an input's values: a field of the sample, converted to the tensor of each step. */
import { ParetoError } from '../../errors';
import type { DataField, DatasetDescription, FieldRequest, FieldValue } from '../dataset';
import type { FeedTensor, InputDescription } from '../feeds';
import { formatShape, isFixed, readingOf, type Reading } from './fit-shape';

export interface InputSource {
  readonly input: InputDescription;
  /** The name under which it is read from a sample. */
  readonly field: string;
  /** The fields from which it is built, if it is no field of the data. */
  readonly request?: Exclude<FieldRequest, string>;
  /** The number of samples of one run; `null`: any number. */
  readonly samplesPerRun: number | null;
  /** Returns the tensors of each step, batch axis included. Throws a ParetoError for a value that does not fit. */
  stepsOf(value: FieldValue): readonly FeedTensor[];
}

export interface SourceContext {
  readonly description: DatasetDescription;
  /** True if outputs are fed back to other inputs. */
  readonly isRecurrent: boolean;
}

/** Returns how the input reads values of this shape. Throws `data/shape` if they do not fit. */
export function readOrRefuse(
  input: InputDescription,
  dims: readonly (number | null)[],
  who: string,
  { description, isRecurrent }: SourceContext,
): Reading {
  const isTestData = description.format === 'onnx-test-data';
  const reading = readingOf(input.shape, dims, { isRecurrent, isTestData });
  if (reading) return reading;
  throw doesNotFit(input, dims, who);
}

/** A tensor that brings a batch of its own is fed alone; so are samples that may differ in shape, other than in their steps. */
export function samplesPerRun(
  { shape }: InputDescription,
  dims: readonly (number | null)[],
  { isWhole, hasTime }: Reading,
): number | null {
  const batch = shape?.[0];
  if (!isWhole && batch !== undefined && isFixed(batch)) return batch;
  const ofStep = hasTime ? dims.slice(1) : dims;
  return isWhole || ofStep.includes(null) ? 1 : null;
}

export function tensorOf(value: FieldValue, field: DataField): FeedTensor {
  if (value?.kind !== 'tensor') throw notThere(field);
  return value.tensor;
}

export function notThere({ name }: DataField): ParetoError {
  return new ParetoError('data/missing', `The sample has no value in "${name}".`);
}

export function doesNotFit(input: InputDescription, dims: readonly (number | null)[], who: string): ParetoError {
  return new ParetoError(
    'data/shape',
    `${who} has shape ${formatShape(dims)} for one sample, which does not fit input "${input.name}" of shape ${formatShape(input.shape ?? [])}.`,
  );
}
