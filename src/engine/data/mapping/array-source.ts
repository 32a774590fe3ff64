import { ParetoError } from '../../errors';
import { formatCounted } from '../../format';
import type { FeedData, FeedTensor, InputDescription } from '../feeds';
import { joinColumns } from './column-list';
import { axisOfNumbers, convertTensor, type Rescaling } from './convert-tensor';
import { findField } from './find-field';
import { shapeAsRead, type Reading } from './fit-shape';
import {
  doesNotFit,
  readOrRefuse,
  samplesPerRun,
  tensorOf,
  type InputSource,
  type SourceContext,
} from './input-source';
import type { ArrayChoice, InputMapping } from './mapping';

type ArrayMapping = Extract<InputMapping, { readonly array: ArrayChoice }>;

/** An array or column, converted and rescaled. */
export function createArraySource(input: InputDescription, mapping: ArrayMapping, context: SourceContext): InputSource {
  const { array } = mapping;
  const field =
    typeof array === 'string' ? findField(context.description, array) : joinColumns(context.description, array);
  if (field.kind === 'picture' || field.kind === 'sound') {
    const key = field.kind === 'picture' ? 'image' : 'sound';
    throw new ParetoError(
      'mapping/kind',
      `The field "${field.name}" contains ${field.kind}s. Map it to "${input.name}" with "${key}" to convert them to numbers.`,
    );
  }
  const { columns } = field;
  const title = columns === undefined ? `"${field.name}"` : `The list of ${formatCounted(columns.length, 'column')}`;
  const reading = readOrRefuse(input, field.shape, title, context);
  const who = `${title} for input "${input.name}"`;
  for (const numbers of [mapping.scale, mapping.offset]) {
    if (typeof numbers === 'object' && numbers.length > 1) axisOfNumbers(numbers.length, field.shape, who);
  }
  return {
    input,
    field: field.name,
    ...(columns && { request: { name: field.name, columns } }),
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

function part(data: FeedData, start: number, end: number): FeedData {
  return 'subarray' in data ? data.subarray(start, end) : data.slice(start, end);
}
