/** Where an input takes its values from: a field of the sample, made into what is fed at each step. */
import { ParetoError } from '../../errors';
import type { DataField, DatasetDescription, FieldRequest, FieldValue } from '../dataset';
import type { FeedTensor, InputDescription } from '../feeds';
import { formatShape, isFixed, readingOf, type Reading } from './fit-shape';

export interface InputSource {
  readonly input: InputDescription;
  /** What is read of a sample for it, by this name. */
  readonly field: string;
  /** Where it is no field of the data: how it is made of fields. */
  readonly request?: Exclude<FieldRequest, string>;
  /** How many samples one run takes: `null` any number. */
  readonly samplesPerRun: number | null;
  /** What is fed at each step, batch axis included. Throws a ParetoError for a value that does not fit. */
  stepsOf(value: FieldValue): readonly FeedTensor[];
}

export interface SourceContext {
  readonly description: DatasetDescription;
  /** Whether outputs are fed back to other inputs. */
  readonly isRecurrent: boolean;
}

/** How the input reads values of this shape. Throws `data/shape` where they do not fit. */
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
