import { expect, it } from 'vitest';
import type { ImagePreprocessing } from '../mapping/mapping';
import { placeBoxes } from './place-boxes';

const into = (fit: ImagePreprocessing['fit'], more: Partial<ImagePreprocessing> = {}): ImagePreprocessing => ({
  width: 320,
  height: 320,
  fit,
  filter: 'bilinear',
  layout: 'NCHW',
  channels: 'rgb',
  scale: 1 / 255,
  mean: [0],
  std: [1],
  ...more,
});
const wide = { width: 640, height: 320 };
const box = Float64Array.of(3, 0.25, 0.5, 0.75, 1, 1);

it('moves labeled boxes as the pixels move', () => {
  expect([...placeBoxes(box, wide, into('exact'))]).toEqual([...box]);
  // 640 × 320 becomes 320 × 160, with 80 pixels above and below.
  expect([...placeBoxes(box, wide, into('contain'))]).toEqual([3, 0.25, 0.5, 0.75, 0.75, 1]);
  // The middle 320 × 320 are kept.
  expect([...placeBoxes(box, wide, into('cover'))]).toEqual([3, 0, 0.5, 1, 1, 1]);
  expect(placeBoxes(new Float64Array(0), wide, into('contain'))).toHaveLength(0);
});
