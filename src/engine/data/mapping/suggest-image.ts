import type { DataField } from '../dataset';
import type { FreeDimensions, InputDescription } from '../feeds';
import { freeDimensionKey, imageLayoutOf, withSuggestedDimensions } from '../free-dimensions';
import { imagePresets, type PictureTarget } from '../pictures/presets';
import { concreteShape } from '../synthetic';
import type { ImagePreprocessing } from './mapping';

type ModelOutput = Pick<InputDescription, 'shape'>;

interface SuggestedImage {
  readonly image: ImagePreprocessing;
  /** Continues a sentence. */
  readonly why: string;
}

/** From this size on a color picture is most likely the input of a network trained on ImageNet. */
const smallestImagenetSide = 160;

/** The size in which YOLO and RT-DETR are trained and exported unless a person chooses another. */
const usualDetectorSide = 640;

/** A model that first multiplies by so small a number takes values far above 1: pixels of 0 to 255. */
const largestScaleOfPixels = 1 / 16;

/** Why pictures get the borders of a detector. Continues "like YOLO, ". */
const becauseOfLabels = 'because the labels are boxes';
const becauseOfOutputs = 'because the output looks like boxes';

/** Suggests how pictures of `field` become an input. `outputs`: those of the model. `undefined` for an input that does not look like pictures. */
export function suggestImage(
  input: InputDescription,
  field: DataField,
  { hasBoxes = false, outputs = [] }: { readonly hasBoxes?: boolean; readonly outputs?: readonly ModelOutput[] } = {},
): SuggestedImage | undefined {
  if (!/^(float|uint8)/.test(input.dtype)) return undefined;
  const detector = detectorReason(input, hasBoxes, outputs);
  const target = targetOf(input, detector !== undefined) ?? grayTargetOf(input, field);
  if (target === undefined) return undefined;
  const { id, why } = choosePreset(input, target, detector);
  const image = imagePresets.find((preset) => preset.id === id)!.create(target);
  const size = `${target.width} × ${target.height}, ${target.channels === 1 ? 'gray' : 'in color'}, ${target.layout}`;
  return {
    image: id === 'none' && !takesPixelsAsTheyAre(input) ? { ...image, scale: 1 / 255 } : image,
    why: `${size}; ${why}`,
  };
}

/** Why the model is a detector; `undefined`: nothing says so. */
function detectorReason(
  { statedPicture }: InputDescription,
  hasBoxes: boolean,
  outputs: readonly ModelOutput[],
): string | undefined {
  if (statedPicture?.isDetector) return 'as its metadata states';
  const reason = hasBoxes ? becauseOfLabels : outputs.some(looksLikeBoxes) ? becauseOfOutputs : undefined;
  return reason && `${reason}: check that the model was trained with it`;
}

/** YOLO: [samples, numbers of a box, boxes], where the number of boxes follows the size of the picture. */
function looksLikeBoxes({ shape }: ModelOutput): boolean {
  const [, numbers, boxes] = shape ?? [];
  const isOfBox = typeof numbers === 'number' && numbers >= 5 && numbers < largestBox;
  return shape?.length === 3 && isOfBox && (typeof boxes !== 'number' || boxes >= largestBox);
}

/** Numbers of a box: its place and scores of classes. */
const largestBox = 500;

function targetOf(input: InputDescription, isDetector: boolean): PictureTarget | undefined {
  const layout = imageLayoutOf(input);
  if (layout === undefined) return undefined;
  const sides = isDetector && input.statedPicture === undefined ? detectorSides(input, layout) : {};
  const sizes = concreteShape(input, withSuggestedDimensions([input], sides));
  const [channels, height, width] = layout === 'NCHW' ? sizes.slice(1) : [sizes[3], sizes[1], sizes[2]];
  return channels === 1 || channels === 3 ? { width: width!, height: height!, layout, channels } : undefined;
}

/** The usual size of detectors for the sides that the model leaves open. */
function detectorSides(input: InputDescription, layout: PictureTarget['layout']): FreeDimensions {
  const keys = (layout === 'NCHW' ? [2, 3] : [1, 2]).flatMap((axis) => freeDimensionKey(input, axis) ?? []);
  return Object.fromEntries(keys.map((key) => [key, usualDetectorSide]));
}

/** Rows of a gray picture, or all its pixels in one row: only for pictures of just that size. */
function grayTargetOf({ shape }: InputDescription, field: DataField): PictureTarget | undefined {
  const [height, width] = field.shape;
  if (typeof height !== 'number' || typeof width !== 'number' || (field.shape[2] ?? 1) !== 1) return undefined;
  const isRows = shape?.length === 3 && shape[1] === height && shape[2] === width;
  const isFlat = shape?.length === 2 && shape[1] === height * width;
  return isRows || isFlat ? { width, height, layout: 'NCHW', channels: 1 } : undefined;
}

/** Bytes; or floats that the model scales down itself. */
function takesPixelsAsTheyAre({ dtype, scaledBy }: InputDescription): boolean {
  return dtype === 'uint8' || (scaledBy !== undefined && scaledBy <= largestScaleOfPixels);
}

function choosePreset(
  input: InputDescription,
  target: PictureTarget,
  detector: string | undefined,
): { readonly id: string; readonly why: string } {
  const { width, height, channels, layout } = target;
  if (input.dtype !== 'uint8' && takesPixelsAsTheyAre(input)) {
    return { id: 'none', why: 'unscaled, because the model scales pixels itself' };
  }
  if (input.dtype === 'uint8') return { id: 'none', why: 'unscaled, because the model takes bytes' };
  if (detector !== undefined && channels === 3) return { id: 'yolo-letterbox', why: `like YOLO, ${detector}` };
  if (channels === 1 && width === 28 && height === 28) {
    return { id: 'mnist', why: 'MNIST normalization, because of its size: check that the model was trained with it' };
  }
  if (channels === 3 && width === height && width >= smallestImagenetSide) {
    return layout === 'NCHW'
      ? { id: 'imagenet-torchvision', why: 'like ImageNet models of PyTorch: check that the model was trained with it' }
      : { id: 'imagenet-keras', why: 'like ImageNet models of Keras: check that the model was trained with it' };
  }
  return { id: 'none', why: 'values from 0 to 1: check that the model was trained with it' };
}
