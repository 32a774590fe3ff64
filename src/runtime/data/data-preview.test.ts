import { describe, expect, it } from 'vitest';
import type { DataField, FieldValue } from '../../engine/data/dataset';
import type { InputDescription } from '../../engine/data/feeds';
import { createSampleFeeder } from '../../engine/data/mapping/sample-feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { createDataPreview } from './data-preview';

type Field = Pick<DataField, 'name' | 'shape'> & Partial<DataField>;

function preview(
  inputs: readonly InputDescription[],
  fields: readonly Field[],
  mapping: DataMapping,
  values: Readonly<Record<string, FieldValue>>,
) {
  const description = {
    name: 'data',
    format: 'npz',
    samples: 1,
    fields: fields.map((field) => ({ kind: 'numbers', dtype: 'float32', ...field }) as DataField),
    sizeBytes: 1,
    notes: [],
  } as const;
  const feeder = createSampleFeeder({ mapping, description, inputs, freeDimensions: {} });
  return createDataPreview({ index: 3, values }, feeder, inputs);
}

function floats(dims: readonly number[], ...data: number[]): FieldValue {
  return { kind: 'tensor', tensor: { dtype: 'float32', dims, data: Float32Array.from(data) } };
}

function picture(width: number, height: number, channels: 1 | 2 | 3 | 4, pixels: Uint8Array): FieldValue {
  return { kind: 'picture', picture: { width, height, channels, pixels } };
}

const photo: Field = { name: 'photo', kind: 'picture', dtype: 'uint8', shape: [null, null, null] };

describe('createDataPreview', () => {
  it('gives statistics of the inputs, of the population', () => {
    const inputs = [{ name: 'x', dtype: 'float32', shape: ['N', 4] }];
    const mapping = { inputs: { x: { array: 'a' } }, labels: null };
    const { index, tensors, pictures, label } = preview(inputs, [{ name: 'a', shape: [4] }], mapping, {
      a: floats([4], 1, 2, 3, 6),
    });
    expect([index, pictures, label]).toEqual([3, [], null]);
    const statistics = { minimum: 1, maximum: 6, mean: 3, std: Math.sqrt(14 / 4) };
    expect(tensors).toEqual([
      { input: 'x', dtype: 'float32', dims: [1, 4], ...statistics, firstValues: [1, 2, 3, 6], picture: null },
    ]);
  });

  it.each([
    ['NCHW', ['N', 3, 2, 1], [3, 2, 1]],
    ['NHWC', ['N', 2, 1, 3], [2, 1, 3]],
  ])('stretches a picture in %s to visible values', (layout, shape, dims) => {
    const mapping = { inputs: { x: { array: 'a' } }, labels: null };
    const pixels = layout === 'NCHW' ? [-1, 0, 1, -1, 0, 1] : [-1, 1, 0, 0, -1, 1];
    const { tensors } = preview([{ name: 'x', dtype: 'float32', shape }], [{ name: 'a', shape: dims }], mapping, {
      a: floats(dims, ...pixels),
    });
    // −1, 0 and 1 become 0, 127.5 (which the array rounds half to even) and 255.
    expect(tensors[0]!.picture).toEqual({
      width: 1,
      height: 2,
      rgba: Uint8ClampedArray.of(0, 255, 128, 255, 128, 0, 255, 255),
    });
  });

  it('shows pictures with transparency, gray ones in all three colors, and rows of a gray one together', () => {
    const gray = { width: 2, height: 1, fit: 'exact', filter: 'nearest', layout: 'NCHW', channels: 'gray' } as const;
    const image = { ...gray, scale: 1, mean: [0], std: [1] };
    const mapping = { inputs: { x: { image } }, labels: null };
    const inputs = [{ name: 'x', dtype: 'float32', shape: ['N', 1, 2] }];
    const show = (value: FieldValue) => preview(inputs, [photo], mapping, { photo: value });
    const transparent = show(picture(2, 1, 2, Uint8Array.of(10, 255, 20, 0)));
    expect(transparent.pictures).toEqual([
      {
        field: 'photo',
        picture: { width: 2, height: 1, rgba: Uint8ClampedArray.of(10, 10, 10, 255, 20, 20, 20, 0) },
      },
    ]);
    expect(transparent.tensors[0]!.picture?.rgba).toEqual(Uint8ClampedArray.of(0, 0, 0, 255, 255, 255, 255, 255));
    const color = show(picture(1, 1, 3, Uint8Array.of(1, 2, 3)));
    expect(color.pictures[0]!.picture.rgba).toEqual(Uint8ClampedArray.of(1, 2, 3, 255));
    expect(color.tensors[0]!.picture?.rgba.subarray(0, 4)).toEqual(Uint8ClampedArray.of(0, 0, 0, 255));
  });

  it('shows a large picture smaller', () => {
    const image = { width: 1, height: 1, fit: 'exact', filter: 'nearest', layout: 'NCHW', channels: 'gray' } as const;
    const mapping = { inputs: { x: { image: { ...image, scale: 1, mean: [0], std: [1] } } }, labels: null };
    const pixels = Uint8Array.from({ length: 2500 * 3 }, (_, index) => (index % 2500) % 256);
    const { pictures } = preview([{ name: 'x', dtype: 'float32', shape: ['N', 1, 1, 1] }], [photo], mapping, {
      photo: picture(2500, 3, 1, pixels),
    });
    const { width, height, rgba } = pictures[0]!.picture;
    expect([width, height, rgba.length]).toEqual([834, 1, 834 * 4]);
    expect(Array.from(rgba.subarray(4, 8))).toEqual([3, 3, 3, 255]);
  });

  it('names the class of a label, also of a one-hot one', () => {
    const inputs = [{ name: 'x', dtype: 'float32', shape: ['N', 1] }];
    const mapping = { inputs: { x: { array: 'a' } }, labels: { array: 'y' } };
    const labelOf = (y: Field, value: FieldValue) =>
      preview(inputs, [{ name: 'a', shape: [1] }, y], mapping, { a: floats([1], 0), y: value }).label;
    const classes = ['cat', 'dog'];
    expect(labelOf({ name: 'y', shape: [], classes }, floats([], 1))).toEqual({ value: 1, name: 'dog' });
    expect(labelOf({ name: 'y', shape: [2], classes }, floats([2], 0, 1))).toEqual({ value: 1, name: 'dog' });
    expect(labelOf({ name: 'y', shape: [] }, floats([], 2.5))).toEqual({ value: 2.5, name: null });
  });
});
