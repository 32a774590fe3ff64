import type { Picture } from '../dataset';

/**
 * Drops alpha (it is not blended with anything), as `Image.convert("RGB")` and `convert("L")` of Pillow do: gray keeps
 * one channel, color three.
 */
export function withoutAlpha(picture: Picture): Picture {
  if (picture.channels === 1 || picture.channels === 3) return picture;
  const { width, height, channels, pixels } = picture;
  const kept = channels === 2 ? 1 : 3;
  const result = new Uint8Array(width * height * kept);
  for (let source = 0, target = 0; target < result.length; source += channels, target += kept) {
    result[target] = pixels[source]!;
    if (kept === 3) {
      result[target + 1] = pixels[source + 1]!;
      result[target + 2] = pixels[source + 2]!;
    }
  }
  return { width, height, channels: kept, pixels: result };
}

/**
 * Luma of ITU-R 601-2 in the integers of Pillow's `convert("L")`: (19595 R + 38470 G + 7471 B + 32768) ÷ 65536, rounded
 * down. Alpha is dropped.
 */
export function toGray(picture: Picture): Picture {
  const { width, height, channels, pixels } = withoutAlpha(picture);
  if (channels === 1) return { width, height, channels, pixels };
  const result = new Uint8Array(width * height);
  for (let source = 0, target = 0; target < result.length; source += 3, target++) {
    result[target] =
      (pixels[source]! * 19595 + pixels[source + 1]! * 38470 + pixels[source + 2]! * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, pixels: result };
}
