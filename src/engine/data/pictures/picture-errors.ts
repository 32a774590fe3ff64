import { ParetoError } from '../../errors';

/** No camera has more pixels. The bound keeps one picture within 400 MB, however small the file that claims its size. */
const maximumPixels = 100_000_000;
/** The largest side that JPEG and GIF can state. It bounds the weights of resizing a picture that is one pixel high. */
const maximumSide = 65_535;

/** The bytes do not match the format. The sentence names no file: the reader knows it. */
export function damagedPicture(format: string, what: string, cause?: unknown): ParetoError {
  return new ParetoError('data/picture-damaged', `This ${format} image is damaged: ${what}.`, { cause });
}

export function truncatedPicture(format: string): ParetoError {
  return new ParetoError(
    'data/picture-truncated',
    `This ${format} image ends too early: the file is incomplete. Copy it again.`,
  );
}

export function unsupportedPicture(format: string, what: string): ParetoError {
  return new ParetoError(
    'data/picture-unsupported',
    `This ${format} image cannot be read: ${what}. Save it as an ordinary PNG or JPEG.`,
  );
}

/** Refuses a size before anything of that size is allocated. */
export function checkPictureSize(format: string, width: number, height: number): void {
  if (width < 1 || height < 1) throw damagedPicture(format, `its size is stated as ${width} × ${height} pixels`);
  if (width * height > maximumPixels || Math.max(width, height) > maximumSide) {
    throw new ParetoError(
      'data/picture-too-large',
      `This ${format} image has ${width} × ${height} pixels. The maximum is 100 million pixels and 65,535 per side: make it smaller.`,
    );
  }
}
