import { describe, expect, it } from 'vitest';
import type { Model } from '../graph';
import { inferModel } from '../infer';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../testing/build';
import { channelGroups } from './channel-groups';
import { coupleChannels } from './couple-channels';
import { withFixedSizes } from './fixed-sizes';
import { removeChannels } from './remove-channels';

const ones = (name: string, ...dims: number[]) =>
  floatTensor(name, dims, new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(1));

/** As Hugging Face's exports have it: positions are cut to the length of the sentence, and heads counted by −1. */
const encoder: Model = model(
  graph({
    nodes: [
      node('Shape', ['x'], ['batch'], { end: 1n }),
      node('Shape', ['x'], ['length'], { start: 1n, end: 2n }),
      node('Slice', ['positions', 'zero', 'length', 'one'], ['places']),
      node('Add', ['x', 'places'], ['sum']),
      node('MatMul', ['sum', 'wv'], ['value'], {}, { name: 'value' }),
      node('Concat', ['batch', 'length', 'rest', 'width'], ['apart'], { axis: 0n }),
      node('Reshape', ['value', 'apart'], ['heads']),
      node('Concat', ['batch', 'length', 'rest'], ['joined'], { axis: 0n }),
      node('Reshape', ['heads', 'joined'], ['together']),
      node('MatMul', ['together', 'wo'], ['y'], {}, { name: 'out' }),
    ],
    initializers: [
      ones('positions', 1, 512, 8),
      ones('wv', 8, 12),
      ones('wo', 12, 8),
      int64Tensor('zero', [1], [0]),
      int64Tensor('one', [1], [1]),
      int64Tensor('rest', [1], [-1]),
      int64Tensor('width', [1], [4]),
    ],
    inputs: [valueInfo('x', ['batch', 'tokens', 8])],
    outputs: [valueInfo('y', null)],
  }),
);

describe('withFixedSizes', () => {
  it('knows the sizes that do not depend on free dimensions, and leaves the others open', () => {
    const inferred = inferModel(encoder);
    expect(inferred.value(encoder.graph!, 'heads')!.shape![2]).toBeNull();
    const filled = withFixedSizes(encoder, inferred);
    const shapeOf = (name: string) =>
      filled.value(encoder.graph!, name)!.shape!.map((size) => (typeof size === 'number' ? size : size?.text));
    expect(shapeOf('heads')).toEqual(['batch', 'tokens', 3, 4]);
    expect(shapeOf('together')).toEqual(['batch', 'tokens', 12]);
  });

  it('lets heads go that are counted by −1', async () => {
    const coupled = coupleChannels(encoder, inferModel(encoder));
    const { groups } = channelGroups(coupled);
    expect(groups.map(({ id, units }) => `${id} ${units.length}`)).toEqual(['graph/value 3']);
    const removed = new Set([groups[0]!.units[0]!]);
    const narrow = await removeChannels(encoder, coupled, removed, () => Promise.resolve());
    const sizes = Object.fromEntries(narrow.graph!.initializers.map(({ name, dims }) => [name, dims.map(Number)]));
    expect(sizes).toMatchObject({ wv: [8, 8], wo: [8, 8], width: [1] });
  });
});
