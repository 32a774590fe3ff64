/** Where an input takes its values from: a field of the sample, made into what is fed at each step. */
import { ParetoError } from '../../errors';
import type { DataField, DatasetDescription, FieldValue } from '../dataset';
import type { FeedData, FeedTensor, InputDescription } from '../feeds';
import { convertTensor, type Rescaling } from './convert-tensor';
import { findField, findPictureField, findSoundField } from './find-field';
import { formatShape, isFixed, readingOf, shapeAsRead, type Reading } from './fit-shape';
import type { ImagePreprocessing, InputMapping, SoundPreprocessing } from './mapping';
import { pictureOfTensor } from './picture-of-tensor';

export interface InputSource {
  readonly input: InputDescription;
  readonly field: string;
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

type ArrayMapping = Extract<InputMapping, { readonly array: string }>;

/** `undefined` for an input that takes nothing from the data: a constant or a state. */
export function createInputSource(
  input: InputDescription,
  mapping: InputMapping,
  context: SourceContext,
): InputSource | undefined {
  if ('array' in mapping) return createArraySource(input, mapping, context);
  if ('value' in mapping || 'state' in mapping) return undefined;
  throw new ParetoError('mapping/kind', 'Pictures and sounds cannot be fed yet.');
}

function createArraySource(input: InputDescription, mapping: ArrayMapping, context: SourceContext): InputSource {
  const field = findField(context.description, mapping.array);
  if (field.kind === 'picture' || field.kind === 'sound') {
    const key = field.kind === 'picture' ? 'image' : 'sound';
    throw new ParetoError(
      'mapping/kind',
      `The field "${field.name}" holds ${field.kind}s. Map it to "${input.name}" with "${key}", which says how they become numbers.`,
    );
  }
  const reading = readOrRefuse(input, field.shape, `"${field.name}"`, context);
  const who = `"${field.name}" for input "${input.name}"`;
  return {
    input,
    field: field.name,
    samplesPerRun: samplesPerRun(input, field.shape, reading),
    stepsOf: (value) => stepsOfTensor(input, tensorOf(value, field), reading, who, mapping),
  };
}

function stepsOfTensor(
  input: InputDescription,
  tensor: FeedTensor,
  reading: Reading,
  who: string,
  rescaling: Rescaling,
): readonly FeedTensor[] {
  const dims = shapeAsRead(input.shape, tensor.dims, reading);
  if (dims === undefined) throw doesNotFit(input, tensor.dims, who);
  const data = convertTensor(tensor, input.dtype, who, rescaling);
  if (!reading.hasTime) return [{ dtype: input.dtype, dims, data }];
  const steps = tensor.dims[0]!;
  const length = data.length / Math.max(1, steps);
  return Array.from({ length: steps }, (_, step) => ({
    dtype: input.dtype,
    dims,
    data: part(data, step * length, (step + 1) * length),
  }));
}

function readOrRefuse(
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

/** A tensor that brings a batch of its own is fed alone; so are samples that may differ in shape. */
function samplesPerRun(
  { shape }: InputDescription,
  dims: readonly (number | null)[],
  { isWhole, hasTime }: Reading,
): number | null {
  const batch = shape?.[0];
  if (!isWhole && batch !== undefined && isFixed(batch)) return batch;
  if (hasTime || dims.includes(null)) return 1;
  return isWhole && (shape === null || isFixed(batch!) || dims[0] !== 1) ? 1 : null;
}

function tensorOf(value: FieldValue, field: DataField): FeedTensor {
  if (value?.kind !== 'tensor') throw notThere(field);
  return value.tensor;
}

function part(data: FeedData, start: number, end: number): FeedData {
  return 'subarray' in data ? data.subarray(start, end) : data.slice(start, end);
}

function notThere({ name }: DataField): ParetoError {
  return new ParetoError('data/missing', `The sample has no value in "${name}".`);
}

function doesNotFit(input: InputDescription, dims: readonly (number | null)[], who: string): ParetoError {
  return new ParetoError(
    'data/shape',
    `${who} has shape [${dims.map((size) => size ?? '?').join(', ')}] for one sample, which does not fit input "${input.name}" of shape ${formatShape(input.shape ?? [])}.`,
  );
}
