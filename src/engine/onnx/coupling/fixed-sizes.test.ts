import { describe, expect, it } from 'vitest';
import type { Model } from '../graph';
import { inferModel } from '../infer';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../testing/build';
import { channelGroups } from './channel-groups';
import { coupleChannels } from './couple-channels';
import { withFixedSizes } from './fixed-sizes';
import { removeChannels } from './remove-channels';
import { productOf } from '../../product-of';

const ones = (name: string, ...dims: number[]) => floatTensor(name, dims, new Float32Array(productOf(dims)).fill(1));

/** The model follows Hugging Face's exports: positions are cut to the length of the sentence, and heads are counted by −1. */
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

  it.each([
    ['cut to', 'Min'],
    ['filled up to', 'Max'],
  ])('takes no size for fixed that is %s a length', (_, opType) => {
    const given = model(
      graph({
        nodes: [
          node('Shape', ['x'], ['length'], { start: 1n, end: 2n }),
          node(opType, ['length', 'limit'], ['bounded']),
          node('Expand', ['x', 'bounded'], ['y']),
        ],
        initializers: [int64Tensor('limit', [1], [opType === 'Min' ? 16 : 1000])],
        inputs: [valueInfo('x', [1, 'tokens'])],
        outputs: [valueInfo('y', null)],
      }),
    );
    const filled = withFixedSizes(given, inferModel(given));
    expect(inferModel(given, { dimensions: { tokens: 64 } }).value(given.graph!, 'bounded')?.content).toHaveLength(1);
    expect(filled.elements('bounded')).toEqual([null]);
    expect(filled.elements('limit')).not.toContain(null);
  });

  it.each([
    [0, 0, ['graph/narrow 4']],
    // The sizes stay, and the channels move.
    [-1, 1, []],
  ])('follows channels through pads that are calculated, of which theirs are %d and %d', (before, after, groups) => {
    const padded = model(
      graph({
        nodes: [
          node('Conv', ['x', 'w0'], ['a'], {}, { name: 'narrow' }),
          node('Shape', ['x'], ['height'], { start: 2n, end: 3n }),
          node('Mod', ['height', 'two'], ['rest']),
          node('Concat', ['first', 'rest', 'last'], ['pads'], { axis: 0n }),
          node('Pad', ['a', 'pads'], ['b']),
          node('Conv', ['b', 'w1'], ['y'], {}, { name: 'out' }),
        ],
        initializers: [
          ones('w0', 4, 3, 1, 1),
          ones('w1', 2, 4, 1, 1),
          int64Tensor('two', [1], [2]),
          int64Tensor('first', [6], [0, before, 0, 0, 0, after]),
          int64Tensor('last', [1], [0]),
        ],
        inputs: [valueInfo('x', [1, 3, 'height', 8])],
        outputs: [valueInfo('y', null)],
      }),
    );
    const found = channelGroups(coupleChannels(padded, inferModel(padded))).groups;
    expect(found.map(({ id, units }) => `${id} ${units.length}`)).toEqual(groups);
  });

  it('takes positions that are counted in fractions for no sizes, as detectors have them', () => {
    const counted = model(
      graph({
        nodes: [
          node('Conv', ['x', 'w0'], ['a'], {}, { name: 'narrow' }),
          node('Conv', ['a', 'w1'], ['b'], {}, { name: 'out' }),
          node('Shape', ['b'], ['sizes']),
          node('Gather', ['sizes', 'three'], ['width']),
          node('Cast', ['width'], ['limit'], { to: 1n }),
          node('Range', ['from', 'limit', 'step'], ['places']),
          node('Add', ['b', 'places'], ['y']),
        ],
        initializers: [
          ones('w0', 4, 3, 1, 1),
          ones('w1', 2, 4, 1, 1),
          int64Tensor('three', [], [3]),
          floatTensor('from', [], [0]),
          floatTensor('step', [], [1]),
        ],
        inputs: [valueInfo('x', [1, 3, 8, 'width'])],
        outputs: [valueInfo('y', null)],
      }),
    );
    const found = channelGroups(coupleChannels(counted, inferModel(counted))).groups;
    expect(found.map(({ id, units }) => `${id} ${units.length}`)).toEqual(['graph/narrow 4']);
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

it('takes no float for a size: a detector counts its grid by a Range of floats', async () => {
  const grid = model(
    graph({
      nodes: [
        node('MatMul', ['x', 'a'], ['hidden'], {}, { name: 'a' }),
        node('MatMul', ['hidden', 'b'], ['rows'], {}, { name: 'b' }),
        node('Shape', ['hidden'], ['shape']),
        node('Gather', ['shape', 'last'], ['size']),
        node('Cast', ['size'], ['end'], { to: 1n }),
        node('Range', ['start', 'end', 'step'], ['places']),
        node('ReduceMax', ['places'], ['largest'], { keepdims: 0n }),
        node('Add', ['rows', 'largest'], ['y']),
      ],
      initializers: [
        ...[ones('a', 8, 12), ones('b', 12, 8), int64Tensor('last', [], [-1])],
        ...[floatTensor('start', [], [0]), floatTensor('step', [], [1])],
      ],
      inputs: [valueInfo('x', [1, 8])],
      outputs: [valueInfo('y', [1, 8])],
    }),
  );
  const coupled = coupleChannels(grid, inferModel(grid));
  const { groups } = channelGroups(coupled);
  expect(groups.map(({ id, units }) => [id, units.length])).toEqual([['graph/a', 12]]);
  const narrow = await removeChannels(grid, coupled, new Set([groups[0]!.units[0]!]), () => Promise.resolve());
  const { graph: main } = narrow;
  expect(inferModel(narrow).value(main!, 'hidden')?.shape).toEqual([1, 11]);
  // The grid keeps its size.
  expect(inferModel(narrow).value(main!, 'size')?.content ?? inferModel(narrow).value(main!, 'end')?.content).toEqual([
    12,
  ]);
});
