import { describe, expect, it } from 'vitest';
import { floatTensor } from '../../../onnx/testing/build';
import { channelsOfFirstAxis, channelsOfSecondAxis, type WeightChannels } from './weight-channels';
import { productOf } from '../../../product-of';

const weight = (dims: readonly number[]) => {
  const count = productOf(dims);
  return floatTensor(
    'w',
    dims,
    Array.from({ length: count }, () => 1),
  );
};
const listed = ({ channelOf }: WeightChannels, count: number) =>
  Array.from({ length: count }, (_, at) => channelOf(at));

describe('channels of weights', () => {
  it('lie in rows and in columns of a matrix', () => {
    const [rows, columns] = [channelsOfFirstAxis(weight([2, 3])), channelsOfSecondAxis(weight([2, 3]))];
    expect([rows.channels, listed(rows, 6)]).toEqual([2, [0, 0, 0, 1, 1, 1]]);
    expect([columns.channels, listed(columns, 6)]).toEqual([3, [0, 1, 2, 0, 1, 2]]);
  });

  it('go on from group to group along the second axis', () => {
    // Two groups of two rows, each of two channels under a kernel of two elements.
    const grouped = channelsOfSecondAxis(weight([4, 2, 2]), 2);
    expect(grouped.channels).toBe(4);
    expect(listed(grouped, 16)).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]);
  });
});
