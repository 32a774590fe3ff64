/** Moves labeled boxes from the picture of the data to the input of the model. */
import type { DataMapping, ImagePreprocessing } from '../mapping/mapping';
import { fitPicture } from './fit-picture';

/** Numbers of a labeled box: the class, x1, y1, x2, y2 in fractions of the picture, and 1 for a crowd. */
export const numbersPerBox = 6;

/** The preprocessing of the first input that is fed pictures. The boxes of a model lie in that input. */
export function preprocessingOfPictures({ inputs }: Pick<DataMapping, 'inputs'>): ImagePreprocessing | undefined {
  return Object.values(inputs).flatMap((input) => ('image' in input ? [input.image] : []))[0];
}

/**
 * Returns the boxes in fractions of the model's input instead of the picture. Resizing, cropping and the borders of a letterbox move them
 * as they move the pixels. `boxes`: `numbersPerBox` numbers each.
 */
export function placeBoxes(
  boxes: Float64Array,
  picture: { readonly width: number; readonly height: number },
  preprocessing: ImagePreprocessing,
): Float64Array {
  const { resized, region, left, top } = fitPicture(picture, preprocessing);
  const across = (x: number): number => (x * resized.width - region.left + left) / preprocessing.width;
  const down = (y: number): number => (y * resized.height - region.top + top) / preprocessing.height;
  return boxes.map((value, index) => {
    const place = index % numbersPerBox;
    if (place === 0 || place === 5) return value;
    return place % 2 === 1 ? across(value) : down(value);
  });
}
