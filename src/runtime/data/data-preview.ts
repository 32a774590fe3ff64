/** One sample as a person sees it and as a model gets it, next to each other. */
import type { Picture, SampleRead, Sound } from '../../engine/data/dataset';
import type { FeedTensor, InputDescription } from '../../engine/data/feeds';
import { imageLayoutOf, type ImageLayout } from '../../engine/data/free-dimensions';
import type { SampleFeeder } from '../../engine/data/mapping/fed-sample';
import { classOfLabel } from '../../engine/data/mapping/sample-label';
import { isPictureArray, pictureOfTensor } from '../../engine/data/mapping/picture-of-tensor';
import { tensorNumbers, type Numbers } from '../../engine/data/tensor-numbers';
import type { DataPreview, PreviewSound, PreviewTensor, PreviewText, RgbaPicture } from '../jobs/data-calls';
import { drawSpectrogram } from '../../engine/data/draw-spectrogram';
import { waveValues } from '../../engine/metrics/changes/sample-answers';
import { ownValue } from '../../engine/own-value';

type ReadValues = Extract<SampleRead, { readonly values: unknown }>;

const shownValues = 32;
const shownTokens = 128;
const shownLetters = 2000;
const playedSeconds = 10;
/** A larger picture is shown smaller: the page needs no more pixels than a screen has. */
const largestShownSide = 1024;

/** Throws what the feeder throws for a sample that does not fit. Shows the first of several steps. */
export function createDataPreview(
  sample: ReadValues,
  feeder: SampleFeeder,
  inputs: readonly InputDescription[],
): DataPreview {
  const { steps, label } = feeder.feed(sample);
  const number = label === null ? null : (classOfLabel(label) ?? label[0]!);
  const pictures = Object.entries(sample.values).flatMap(([field, value]) => {
    if (value.kind === 'picture') return { field, picture: toRgba(value.picture) };
    if (value.kind !== 'tensor' || !isPictureArray(value.tensor)) return [];
    return { field, picture: toRgba(pictureOfTensor(value.tensor, field)) };
  });
  return {
    index: sample.index,
    pictures,
    texts: previewTexts(sample.values),
    sounds: Object.entries(sample.values).flatMap(([field, value]) =>
      value.kind === 'sound' ? previewSound(field, value.sound) : [],
    ),
    tensors: inputs.flatMap((input) => {
      const tensor = ownValue(steps[0]!, input.name);
      if (tensor === undefined) return [];
      const shown = previewTensor(input, tensor, pictures.length > 0);
      const columns = ownValue(feeder.columns, input.name)?.slice(0, shownValues);
      if (shown === undefined) return [];
      return columns === undefined ? shown : { ...shown, columns };
    }),
    label: number === null ? null : { value: number, name: feeder.classNames?.[number] ?? null },
  };
}

function previewSound(field: string, { sampleRateHz, values }: Sound): PreviewSound {
  const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    field,
    sampleRateHz,
    values: values.slice(0, playedSeconds * sampleRateHz),
    wave: waveValues(values, peak),
    spectrogram: drawSpectrogram(values),
  };
}

/** Each once: the inputs of a model take the same texts. */
function previewTexts(values: ReadValues['values']): readonly PreviewText[] {
  const previews = Object.values(values).flatMap((value): readonly PreviewText[] => {
    if (value.kind !== 'tokens') return [];
    const { ids, tokens } = value.tokenized;
    return [
      {
        texts: value.texts.map((text) => text.slice(0, shownLetters)),
        tokens: tokens.slice(0, shownTokens).map((text, at) => ({ text, id: ids[at]! })),
        count: ids.length,
      },
    ];
  });
  return [...new Map(previews.map((each) => [JSON.stringify(each), each])).values()];
}

function previewTensor(
  input: InputDescription,
  tensor: FeedTensor,
  isFromPictures: boolean,
): PreviewTensor | undefined {
  const numbers = tensorNumbers(tensor);
  if (numbers === undefined) return undefined;
  const { dtype, dims } = tensor;
  const statistics = statisticsOf(numbers);
  return {
    input: input.name,
    dtype,
    dims,
    ...statistics,
    firstValues: Array.from(numbers.subarray(0, shownValues)),
    picture: pictureOfInput(numbers, statistics, placesOfPixels(dims, imageLayoutOf(input), isFromPictures)),
  };
}

interface Statistics {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  /** Standard deviation of the population. */
  readonly std: number;
}

function statisticsOf(numbers: Numbers): Statistics {
  let minimum = Infinity;
  let maximum = -Infinity;
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    sum += value;
  }
  const mean = sum / numbers.length;
  let squares = 0;
  for (let i = 0; i < numbers.length; i++) squares += (numbers[i]! - mean) ** 2;
  return { minimum, maximum, mean, std: Math.sqrt(squares / numbers.length) };
}

interface PixelPlaces {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixelStep: number;
  readonly channelStep: number;
}

/**
 * The places of pixels of an input in one of the two layouts of pictures, or of rows of a gray picture: [batch, rows,
 * columns].
 */
function placesOfPixels(
  dims: readonly number[],
  layout: ImageLayout | undefined,
  isFromPictures: boolean,
): PixelPlaces | undefined {
  const [, first, second, third] = dims as readonly [number, number, number, number];
  if (layout === 'NCHW') {
    return { width: third, height: second, channels: first, pixelStep: 1, channelStep: second * third };
  }
  if (layout === 'NHWC') {
    return { width: second, height: first, channels: third, pixelStep: third, channelStep: 1 };
  }
  const isGray = isFromPictures && dims.length === 3;
  return isGray ? { width: second, height: first, channels: 1, pixelStep: 1, channelStep: 0 } : undefined;
}

/** An input that is a picture, with its range stretched to 0 to 255: gray, or the first three channels as they come. */
function pictureOfInput(
  numbers: Numbers,
  { minimum, maximum }: Statistics,
  places: PixelPlaces | undefined,
): RgbaPicture | null {
  if (places === undefined || numbers.length === 0) return null;
  const { width, height, channels, pixelStep, channelStep } = places;
  const factor = maximum > minimum ? 255 / (maximum - minimum) : 0;
  return drawShrunk(width, height, (source, rgba, target) => {
    for (let color = 0; color < 3; color++) {
      const channel = channels < 3 ? 0 : color;
      rgba[target + color] = (numbers[source * pixelStep + channel * channelStep]! - minimum) * factor;
    }
    rgba[target + 3] = 255;
  });
}

function toRgba({ width, height, channels, pixels }: Picture): RgbaPicture {
  const hasColor = channels >= 3;
  const hasAlpha = channels === 2 || channels === 4;
  return drawShrunk(width, height, (source, rgba, target) => {
    const at = source * channels;
    for (let color = 0; color < 3; color++) rgba[target + color] = pixels[hasColor ? at + color : at]!;
    rgba[target + 3] = hasAlpha ? pixels[at + channels - 1]! : 255;
  });
}

/** Every n-th pixel of a picture that is larger than the preview. */
function drawShrunk(
  width: number,
  height: number,
  draw: (source: number, rgba: Uint8ClampedArray, target: number) => void,
): RgbaPicture {
  const every = Math.max(1, Math.ceil(Math.max(width, height) / largestShownSide));
  const shown = { width: Math.ceil(width / every), height: Math.ceil(height / every) };
  const rgba = new Uint8ClampedArray(shown.width * shown.height * 4);
  let target = 0;
  for (let y = 0; y < height; y += every) {
    for (let x = 0; x < width; x += every, target += 4) draw(y * width + x, rgba, target);
  }
  return { ...shown, rgba };
}
