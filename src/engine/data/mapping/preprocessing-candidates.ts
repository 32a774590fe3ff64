/** Ways in which pixels may have been scaled before a model was trained: what a probe with labels tries. */
import type { DatasetDescription } from '../dataset';
import type { DataMapping, ImagePreprocessing, InputMapping } from './mapping';

export interface PreprocessingCandidate {
  /** Continues "… gives 97.6 %": `1/255`, `the mean and deviation of ImageNet`. */
  readonly title: string;
  readonly inputs: DataMapping['inputs'];
}

/** Of pixels from 0 to 255, over the samples that were looked at: one value, or one for each channel in the order red, green, blue. */
export interface PixelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

interface Scaling {
  readonly title: string;
  /** As in `ImagePreprocessing`. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const common: readonly Scaling[] = [
  { title: 'pixels as they are', scale: 1, mean: [0], std: [1] },
  { title: '1/255', scale: 1 / 255, mean: [0], std: [1] },
  { title: '−1 to 1', scale: 1 / 127.5, mean: [1], std: [1] },
];

const colour: readonly Scaling[] = [
  {
    title: 'the mean and deviation of ImageNet',
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  {
    title: 'the mean and deviation of CIFAR-10',
    scale: 1 / 255,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
  },
];

const gray: readonly Scaling[] = [
  { title: 'the mean and deviation of MNIST', scale: 1 / 255, mean: [0.1307], std: [0.3081] },
];

/** The inputs that are fed pixels whose scaling nobody wrote down: pictures, and arrays of bytes that become floats. */
export function inputsOfPixels(mapping: DataMapping, description: DatasetDescription): readonly string[] {
  return Object.entries(mapping.inputs).flatMap(([name, input]) =>
    'image' in input || isArrayOfPixels(input, description) ? [name] : [],
  );
}

/** Rows of fewer bytes are counts or codes. */
const fewestPixels = 64;

function isArrayOfPixels(input: InputMapping, { fields }: DatasetDescription): boolean {
  if (!('array' in input) || typeof input.array !== 'string') return false;
  const field = fields.find(({ name }) => name === input.array);
  if (field?.kind !== 'numbers' || field.dtype !== 'uint8' || field.columns !== undefined) return false;
  return field.shape.reduce<number>((product, size) => product * (size ?? 1), 1) >= fewestPixels;
}

/** The mapping with pixels of these inputs fed as they are, to be looked at. */
export function withPlainPixels(mapping: DataMapping, names: readonly string[]): DataMapping {
  return { ...mapping, inputs: scaledInputs(mapping, names, common[0]!) };
}

/**
 * Every scaling of the inputs `names` (as `inputsOfPixels` gives them), without those that are what the mapping has already. An
 * array takes one scaling for all of its elements, so it is offered those of gray pictures and of the data as a whole.
 */
export function preprocessingCandidates(
  mapping: DataMapping,
  names: readonly string[],
  statistics: PixelStatistics,
): readonly PreprocessingCandidate[] {
  const isColour = names.some((name) => isInColour(mapping.inputs[name]!));
  const arrays = names.some((name) => 'array' in mapping.inputs[name]!);
  const scalings = [...common, ...(isColour && !arrays ? colour : gray), ownScaling(statistics)];
  const candidates = scalings.map((scaling) => ({
    title: scaling.title,
    inputs: scaledInputs(mapping, names, scaling),
  }));
  return candidates.filter(({ inputs }) => !isSame(inputs, mapping.inputs));
}

/** The inputs of the mapping with the pixels of `names` fed by their own mean and deviation. */
export function withOwnScaling(
  mapping: DataMapping,
  names: readonly string[],
  statistics: PixelStatistics,
): DataMapping['inputs'] {
  return scaledInputs(mapping, names, ownScaling(statistics));
}

function ownScaling({ mean, std }: PixelStatistics): Scaling {
  return {
    title: 'the mean and deviation of this data',
    scale: 1 / 255,
    mean: mean.map((value) => value / 255),
    std: std.map((value) => Math.max(value, 1) / 255),
  };
}

/** With red and blue the other way round; `undefined` where nothing is in colour. */
export function withOtherChannelOrder(
  { title, inputs }: PreprocessingCandidate,
  names: readonly string[],
): PreprocessingCandidate | undefined {
  const isColour = names.some((name) => isInColour(inputs[name]!));
  if (!isColour) return undefined;
  const swapped = Object.entries(inputs).map(([name, input]) => {
    if (!names.includes(name) || !isInColour(input)) return [name, input] as const;
    const { image } = input as { readonly image: ImagePreprocessing };
    const channels = image.channels === 'bgr' ? ('rgb' as const) : ('bgr' as const);
    // Mean and deviation belong to the colours, and go with them.
    return [
      name,
      { image: { ...image, channels, mean: image.mean.toReversed(), std: image.std.toReversed() } },
    ] as const;
  });
  return { title: `${title} with red and blue the other way round`, inputs: Object.fromEntries(swapped) };
}

function isInColour(input: InputMapping): boolean {
  return 'image' in input && input.image.channels !== 'gray';
}

function scaledInputs(
  mapping: DataMapping,
  names: readonly string[],
  { scale, mean, std }: Scaling,
): DataMapping['inputs'] {
  const entries = Object.entries(mapping.inputs).map(([name, input]) => {
    if (!names.includes(name)) return [name, input] as const;
    if ('image' in input) {
      const order = (values: readonly number[]) => (input.image.channels === 'bgr' ? values.toReversed() : values);
      const isGray = input.image.channels === 'gray';
      const each = (values: readonly number[]) => (isGray ? [average(values)] : order(values));
      return [name, { image: { ...input.image, scale, mean: each(mean), std: each(std) } }] as const;
    }
    if (!('array' in input)) return [name, input] as const;
    const [center, spread] = [average(mean), average(std)];
    const { array } = input;
    const isPlain = scale === 1 && center === 0 && spread === 1;
    return [name, isPlain ? { array } : { array, scale: scale / spread, offset: -center / spread }] as const;
  });
  return Object.fromEntries(entries);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isSame(one: DataMapping['inputs'], other: DataMapping['inputs']): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
