import { describe, expect, it } from 'vitest';
import { isPictureArray, pictureOfTensor } from './picture-of-tensor';
import { productOf } from '../../product-of';

function bytes(dims: readonly number[], dtype = 'uint8') {
  const count = productOf(dims);
  return { dtype, dims, data: Uint8Array.from({ length: count }, (_, index) => index) };
}

describe('pictureOfTensor', () => {
  it('reads gray pictures and channels at the end as they are', () => {
    for (const dims of [
      [2, 5],
      [2, 5, 1],
      [2, 5, 3],
      [2, 5, 4],
    ]) {
      const tensor = bytes(dims);
      const picture = pictureOfTensor(tensor, 'a');
      expect(picture).toEqual({ height: 2, width: 5, channels: dims[2] ?? 1, pixels: tensor.data });
      expect(isPictureArray(tensor)).toBe(true);
    }
  });

  it('brings channels from the front to the end', () => {
    const { width, height, channels, pixels } = pictureOfTensor(bytes([3, 2, 2]), 'a');
    expect([width, height, channels]).toEqual([2, 2, 3]);
    expect(Array.from(pixels)).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
  });

  it('prefers the last axis for channels if the first also fits', () => {
    expect(pictureOfTensor(bytes([3, 7, 3]), 'a')).toMatchObject({ height: 3, width: 7, channels: 3 });
  });

  it.each([
    ['uint8', [4]],
    ['uint8', [5, 5, 5]],
    ['int8', [5, 5]],
    ['uint8', [1, 2, 3, 4]],
  ])('refuses %s of shape %j', (dtype, dims) => {
    expect(() => pictureOfTensor(bytes(dims, dtype), '"a"')).toThrow(/^"a" of type .* is not an image/);
    expect(isPictureArray(bytes(dims, dtype))).toBe(false);
  });
});
