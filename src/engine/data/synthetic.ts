import { ParetoError } from '../errors';
import { float32ToFloat16 } from '../onnx/half-float';
import { createSeededRandom } from '../seeded-random';
import type { SeededRandom } from '../seeded-random';
import type { FeedData, Feeds, FeedTensor, FreeDimensions, InputDescription } from './feeds';
import { freeDimensionKey, imageLayoutOf, isStateInput, pastTokens, withSuggestedDimensions } from './free-dimensions';
import { pictureKinds, pictureValues, type PictureKind } from './synthetic-pictures';
import { ownValue } from '../own-value';
import { productOf } from '../product-of';

/** No real input comes near this; a mistyped dimension does. 2²⁸ float32 elements are 1 GB. */
const largestElementCount = 2 ** 28;
const sampleRateHz = 16000;
/** The positions of a text if the model has no cache and does not state its number. */
const usualPositions = 512;

/**
 * Makes inputs for a model from their descriptions. The same seed gives the same inputs on every host, because only
 * exact arithmetic is used. Pictures are in [-1, 1] (uint8: 0 to 255), and other floats are uniform in [-1, 1]. States
 * are zeros, integers small ids, masks ones, and a sample rate is 16000. Positions follow the cache. Free dimensions
 * without a size in `freeDimensions` get the size that `freeDimensionsOf` suggests. Throws a ParetoError naming an input
 * that cannot be made.
 * @param pictures the kind of all pictures.
 */
export function createSyntheticFeeds(
  inputs: readonly InputDescription[],
  freeDimensions: FreeDimensions,
  seed: number,
  pictures: PictureKind = 'smooth',
): Feeds {
  const dimensions = withSuggestedDimensions(inputs, freeDimensions);
  const past = pastTokens(inputs, dimensions);
  return Object.fromEntries(
    inputs.map((input) => [input.name, createTensor(input, { dimensions, past, pictures }, seed)]),
  );
}

/** The number of kinds that random inputs of a model have: those of pictures, or one. */
export function kindsOfInputs(inputs: readonly InputDescription[]): number {
  return inputs.some((input) => imageLayoutOf(input) !== undefined) ? pictureKinds.length : 1;
}

interface Settings {
  readonly dimensions: FreeDimensions;
  /** Tokens in the cache. */
  readonly past: number;
  readonly pictures: PictureKind;
}

/** The shape that an input is fed with. Throws a ParetoError for an unknown rank or a size that is not sensible. */
export function concreteShape(input: InputDescription, dimensions: FreeDimensions): readonly number[] {
  if (input.shape === null) {
    throw new ParetoError(
      'feeds/unknown-rank',
      `Input "${input.name}" has no shape in the model, so random input is not possible. Add data for it.`,
    );
  }
  const shape = input.shape.map((entry, axis) => {
    const key = freeDimensionKey(input, axis);
    const size = key === undefined ? (entry as number) : ownValue(dimensions, key);
    if (size === undefined || !Number.isInteger(size) || size < 0) {
      throw new ParetoError('feeds/dimension', `Dimension "${key}" of input "${input.name}" must be an integer.`);
    }
    return size;
  });
  if (productOf(shape) > largestElementCount) {
    throw new ParetoError(
      'feeds/too-large',
      `Input "${input.name}" of shape [${shape.join(', ')}] is too large. Choose smaller dimensions.`,
    );
  }
  return shape;
}

function createTensor(input: InputDescription, { dimensions, past, pictures }: Settings, seed: number): FeedTensor {
  const dims = concreteShape(input, dimensions);
  const count = productOf(dims);
  // A seed of its own for each input, so that another order of inputs changes nothing.
  const random = createSeededRandom((seed ^ hashName(input.name)) >>> 0);
  return { dtype: input.dtype, dims, data: createData(input, { dims, count, past, pictures }, random) };
}

interface Extent {
  readonly dims: readonly number[];
  readonly count: number;
  /** Tokens in the cache. */
  readonly past: number;
  readonly pictures: PictureKind;
}

function createData(input: InputDescription, extent: Extent, random: SeededRandom): FeedData {
  const { dtype } = input;
  const { dims, count, past, pictures } = extent;
  const layout = imageLayoutOf(input);
  switch (dtype) {
    case 'float32':
      return floatValues(input, extent, random);
    case 'float64':
      return Float64Array.from(floatValues(input, extent, random));
    case 'float16':
      return float32ToFloat16(floatValues(input, extent, random));
    case 'uint8':
      return layout === undefined
        ? integerValues(new Uint8Array(count), input, extent, random)
        : Uint8Array.from(pictureValues(pictures, layout, dims, random), (value) => Math.floor((value + 1) * 127.5));
    case 'int8':
      return integerValues(new Int8Array(count), input, extent, random);
    case 'int16':
      return integerValues(new Int16Array(count), input, extent, random);
    case 'uint16':
      return integerValues(new Uint16Array(count), input, extent, random);
    case 'int32':
      return integerValues(new Int32Array(count), input, extent, random);
    case 'uint32':
      return integerValues(new Uint32Array(count), input, extent, random);
    case 'int64':
      return BigInt64Array.from(integerValues(new Int32Array(count), input, extent, random), BigInt);
    case 'uint64':
      return BigUint64Array.from(integerValues(new Int32Array(count), input, extent, random), BigInt);
    case 'bool':
      // The branch of a merged decoder that reads the cache needs one.
      return new Uint8Array(count).fill(/use_?cache/i.test(input.name) && past === 0 ? 0 : 1);
    case 'string':
      return Array.from({ length: count }, (_, index) => `text ${index}`);
    default:
      throw new ParetoError(
        'feeds/type',
        `Input "${input.name}" is of type ${dtype}. Random input is possible only for tensors of numbers, booleans and strings.`,
      );
  }
}

function floatValues(
  input: InputDescription,
  { dims, count, pictures }: Extent,
  random: SeededRandom,
): Float32Array<ArrayBuffer> {
  const layout = imageLayoutOf(input);
  if (isStateInput(input)) return new Float32Array(count);
  if (/mask/i.test(input.name)) return new Float32Array(count).fill(1);
  if (/^(sr|sample_?rate)$/i.test(input.name)) return new Float32Array(count).fill(sampleRateHz);
  if (layout !== undefined) return pictureValues(pictures, layout, dims, random);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = 2 * random.next() - 1;
  return values;
}

/** Fills integers by the name of the input, else with ids from 0 to 99, or fewer if the model has fewer. These are enough to vary. */
function integerValues<Integers extends { length: number; [index: number]: number; fill(value: number): unknown }>(
  values: Integers,
  { name, idCount = Infinity }: InputDescription,
  { dims, past }: Extent,
  random: SeededRandom,
): Integers {
  const length = dims.at(-1) ?? 1;
  const positions = Math.min(past > 0 ? Infinity : usualPositions, idCount);
  if (/^(sr|sample_?rate)$/i.test(name)) values.fill(sampleRateHz);
  else if (/mask|length|lens?$/i.test(name)) values.fill(1);
  else if (/position/i.test(name))
    for (let i = 0; i < values.length; i++) values[i] = (past + (i % length)) % positions;
  else if (/token_?type|segment/i.test(name)) values.fill(0);
  else for (let i = 0; i < values.length; i++) values[i] = Math.floor(random.next() * Math.min(100, idCount));
  return values;
}

/** FNV-1a over UTF-16 units. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
