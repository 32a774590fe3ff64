/** Ways in which pixels and columns may have been scaled before a model was trained. A probe with labels tries them. */
import type { DatasetDescription } from '../dataset';
import { withListedColumns } from './column-list';
import { oneOrEach, type ArrayChoice, type DataMapping, type ImagePreprocessing, type InputMapping } from './mapping';
import { hasPixels, ownNumbersOf, scalableKind } from './scalable-inputs';

export interface PreprocessingCandidate {
  /** Continues "… gives 97.6 %": `1/255`, `ImageNet normalization`. */
  readonly title: string;
  readonly inputs: DataMapping['inputs'];
}

/** Statistics of unscaled values: one value, or one for each channel (of pictures in the order red, green, blue) or column. */
export interface Statistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly least: readonly number[];
  readonly most: readonly number[];
}

/** Statistics by the input's name. */
export type InputStatistics = ReadonlyMap<string, Statistics>;

type Scaling = Pick<ImagePreprocessing, 'scale' | 'mean' | 'std'>;

interface KnownScaling extends Scaling {
  readonly title: string;
}

const plain: KnownScaling = { title: 'unscaled pixels', scale: 1, mean: [0], std: [1] };

const common: readonly KnownScaling[] = [
  plain,
  { title: '1/255', scale: 1 / 255, mean: [0], std: [1] },
  { title: 'pixels scaled to −1 to 1', scale: 1 / 127.5, mean: [1], std: [1] },
];

const color: readonly KnownScaling[] = [
  {
    title: 'ImageNet normalization',
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  {
    title: 'CIFAR-10 normalization',
    scale: 1 / 255,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
  },
];

const gray: readonly KnownScaling[] = [{ title: 'MNIST normalization', scale: 1 / 255, mean: [0.1307], std: [0.3081] }];

/** The mapping with these inputs fed unchanged, for inspection. */
export function withPlainInputs(mapping: DataMapping, names: readonly string[]): DataMapping {
  return { ...mapping, inputs: scaledInputs(mapping, names, () => plain) };
}

/**
 * Returns every scaling of the measured inputs that differs from the mapping: of pixels if there are any, and otherwise
 * of columns.
 */
export function preprocessingCandidates(
  mapping: DataMapping,
  description: DatasetDescription,
  statistics: InputStatistics,
): readonly PreprocessingCandidate[] {
  const names = [...statistics.keys()];
  const candidates = hasPixels(mapping, description, names)
    ? pixelCandidates(mapping, description, statistics)
    : columnCandidates(mapping, description, statistics);
  return candidates.filter(({ inputs }) => !isSame(inputs, mapping.inputs));
}

function pixelCandidates(
  mapping: DataMapping,
  description: DatasetDescription,
  statistics: InputStatistics,
): readonly PreprocessingCandidate[] {
  const names = [...statistics.keys()].filter((name) => scalableKind(mapping.inputs[name]!, description) === 'pixels');
  const isColor = names.some((name) => ownNumbersOf(mapping, name, description).count === 3);
  const known = [...common, ...(isColor ? color : gray)].map((scaling) => ({
    title: scaling.title,
    inputs: scaledInputs(mapping, names, (name) => fitted(scaling, ownNumbersOf(mapping, name, description).count)),
  }));
  return [...known, ownCandidate(mapping, description, statistics)];
}

/** An input with another number of channels than the scaling takes the average of its numbers. */
function fitted({ scale, mean, std }: Scaling, channels: number): Scaling {
  const each = (values: readonly number[]) =>
    values.length === channels ? values : [values.reduce((sum, value) => sum + value, 0) / values.length];
  return { scale, mean: each(mean), std: each(std) };
}

function columnCandidates(
  mapping: DataMapping,
  description: DatasetDescription,
  statistics: InputStatistics,
): readonly PreprocessingCandidate[] {
  const names = [...statistics.keys()];
  const listed = withListedColumns(mapping, description, names);
  const zeroToOne = (name: string): Scaling => {
    const { least, most } = statistics.get(name)!;
    return { scale: 1, mean: least, std: most.map((value, index) => value - least[index]! || 1) };
  };
  return [
    { title: 'unscaled columns', inputs: scaledInputs(mapping, names, () => plain) },
    ownCandidate(mapping, description, statistics),
    { title: 'columns scaled to 0 to 1', inputs: scaledInputs(listed, names, zeroToOne) },
  ];
}

/** The inputs of the mapping, those that were measured fed by their own mean and deviation. */
export function withOwnScaling(
  mapping: DataMapping,
  description: DatasetDescription,
  statistics: InputStatistics,
): DataMapping['inputs'] {
  const names = [...statistics.keys()];
  // Numbers of columns belong to their names: a label that is chosen later takes its own away.
  const listed = withListedColumns(mapping, description, names);
  return scaledInputs(listed, names, (name) => {
    const { mean, std } = statistics.get(name)!;
    const isOfPixels = scalableKind(mapping.inputs[name]!, description) === 'pixels';
    return {
      scale: isOfPixels ? 1 / 255 : 1,
      mean: isOfPixels ? mean.map((value) => value / 255) : mean,
      // A picture of one value, a column that never changes: nothing to divide by.
      std: isOfPixels ? std.map((value) => Math.max(value, 1) / 255) : std.map((value) => value || 1),
    };
  });
}

function ownCandidate(
  mapping: DataMapping,
  description: DatasetDescription,
  statistics: InputStatistics,
): PreprocessingCandidate {
  const isOfColumns = !hasPixels(mapping, description, [...statistics.keys()]);
  return {
    title: isOfColumns
      ? 'each column normalized by its mean and deviation'
      : 'normalization by mean and deviation of this data',
    inputs: withOwnScaling(mapping, description, statistics),
  };
}

/** Swaps red and blue; `undefined` if no input is in color. */
export function withOtherChannelOrder(
  { title, inputs }: PreprocessingCandidate,
  names: readonly string[],
): PreprocessingCandidate | undefined {
  const isColor = names.some((name) => isPictureInColor(inputs[name]!));
  if (!isColor) return undefined;
  const swapped = Object.entries(inputs).map(([name, input]) => {
    if (!names.includes(name) || !isPictureInColor(input)) return [name, input] as const;
    const { image } = input as { readonly image: ImagePreprocessing };
    const channels = image.channels === 'bgr' ? ('rgb' as const) : ('bgr' as const);
    // Mean and deviation belong to the colors, and go with them.
    return [
      name,
      { image: { ...image, channels, mean: image.mean.toReversed(), std: image.std.toReversed() } },
    ] as const;
  });
  return { title: `${title} with red and blue swapped`, inputs: Object.fromEntries(swapped) };
}

function isPictureInColor(input: InputMapping): boolean {
  return 'image' in input && input.image.channels !== 'gray';
}

function scaledInputs(
  mapping: DataMapping,
  names: readonly string[],
  scalingOf: (name: string) => Scaling,
): DataMapping['inputs'] {
  const entries = Object.entries(mapping.inputs).map(([name, input]) => {
    if (!names.includes(name)) return [name, input] as const;
    const scaling = scalingOf(name);
    if ('image' in input) {
      const { scale, mean, std } = scaling;
      const order = (values: readonly number[]) => (input.image.channels === 'bgr' ? values.toReversed() : values);
      return [name, { image: { ...input.image, scale, mean: order(mean), std: order(std) } }] as const;
    }
    return [name, 'array' in input ? scaledArray(input.array, scaling) : input] as const;
  });
  return Object.fromEntries(entries);
}

/** (x · scale − mean) ÷ std as one product and one sum. */
function scaledArray(array: ArrayChoice, { scale, mean, std }: Scaling): InputMapping {
  const scales = std.map((spread) => scale / spread);
  const offsets = std.map((spread, index) => -mean[index]! / spread);
  if (scales.every((value) => value === 1) && offsets.every((value) => value === 0)) return { array };
  return { array, scale: oneOrEach(scales), offset: oneOrEach(offsets) };
}

function isSame(one: DataMapping['inputs'], other: DataMapping['inputs']): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
