import { roundHalfEven } from '../../round-half-even';
import type { ImagePreprocessing } from '../mapping/mapping';
import type { Region } from './resize-picture';

/** The steps that fit a picture into another size: resize, take a region of the result, place it. */
export interface Fitting {
  readonly resized: { readonly width: number; readonly height: number };
  /** The region that is taken of the resized picture. */
  readonly region: Region;
  /** Its position in the result; the rest is padding. */
  readonly left: number;
  readonly top: number;
}

type FitOptions = Pick<ImagePreprocessing, 'width' | 'height' | 'fit' | 'shorterSide'>;
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * - `exact`: resized to `width` × `height`.
 * - `cover`: as torchvision's `Resize(shorterSide)` and `CenterCrop`. The longer side is `trunc(shorterSide × longer ÷
 * shorter)`, and the crop begins at half the difference, rounded half to even. A crop larger than the picture is padded
 * with half the difference, rounded down, on the left and at the top. Without `shorterSide` the picture just covers the
 * result, the other side again truncated.
 * - `contain`: as YOLO's letterbox: r = min(width ÷ w, height ÷ h), sides rounded half to even (at least 1), and half of
 *   the difference less 0.1, rounded, on the left and at the top.
 */
export function fitPicture(picture: Size, options: FitOptions): Fitting {
  const { width, height } = options;
  if (options.fit === 'cover') return crop(coveringSize(picture, options), options);
  if (options.fit === 'exact')
    return { resized: { width, height }, region: { left: 0, top: 0, width, height }, left: 0, top: 0 };
  const ratio = Math.min(height / picture.height, width / picture.width);
  const resized = {
    width: Math.max(1, roundHalfEven(picture.width * ratio)),
    height: Math.max(1, roundHalfEven(picture.height * ratio)),
  };
  return {
    resized,
    region: { left: 0, top: 0, ...resized },
    left: Math.max(0, roundHalfEven((width - resized.width) / 2 - 0.1)),
    top: Math.max(0, roundHalfEven((height - resized.height) / 2 - 0.1)),
  };
}

function coveringSize(picture: Size, { width, height, shorterSide }: FitOptions): Size {
  if (shorterSide !== undefined) {
    return picture.width <= picture.height
      ? { width: shorterSide, height: Math.trunc((shorterSide * picture.height) / picture.width) }
      : { width: Math.trunc((shorterSide * picture.width) / picture.height), height: shorterSide };
  }
  return width * picture.height >= height * picture.width
    ? { width, height: Math.trunc((width * picture.height) / picture.width) }
    : { width: Math.trunc((height * picture.width) / picture.height), height };
}

function crop(resized: Size, { width, height }: Size): Fitting {
  const across = cropAxis(resized.width, width);
  const down = cropAxis(resized.height, height);
  return {
    resized,
    region: { left: across.start, top: down.start, width: across.length, height: down.length },
    left: across.offset,
    top: down.offset,
  };
}

function cropAxis(size: number, wanted: number): { start: number; length: number; offset: number } {
  if (size >= wanted) return { start: roundHalfEven((size - wanted) / 2), length: wanted, offset: 0 };
  return { start: 0, length: size, offset: Math.trunc((wanted - size) / 2) };
}
