import { describe, expect, it } from 'vitest';
import { graph, model, node, valueInfo } from '../onnx/testing/build';
import { comparableValues } from './comparable-values';
import { groupValues } from './group-values';
import { localPart } from './local-part';

/** Values of 400 bytes: `h0` … from x, and their sum. */
function sumOf(count: number) {
  const names = Array.from({ length: count }, (_, at) => `h${at}`);
  const nodes = names.map((name) => node('Relu', ['x'], [name]));
  return model(
    graph({
      nodes: [...nodes, node('Sum', names, ['y'])],
      inputs: [valueInfo('x', [100])],
      outputs: [valueInfo('y', [100])],
    }),
  );
}

/** Values of 4 bytes for each of the sizes, each computed from the one before. */
function chainOf(...sizes: readonly number[]) {
  const names = sizes.map((_, at) => `v${at}`);
  return model(
    graph({
      nodes: names.map((name, at) => node('NoSuchOperator', [names[at - 1] ?? 'x'], [name])),
      inputs: [valueInfo('x', [1])],
      outputs: [valueInfo(names.at(-1)!, [sizes.at(-1)!])],
      valueInfos: names.slice(0, -1).map((name, at) => valueInfo(name, [sizes[at]!])),
    }),
  );
}

function grouped(built: ReturnType<typeof sumOf>, mostBytes: number) {
  const all = comparableValues(built, built, {}).values;
  return groupValues(built, all, mostBytes).map(({ values, alone }) => ({
    values: values.map(({ b }) => b.value).join(' '),
    alone: alone.map(({ b }) => b.value).join(' '),
    fed: [...localPart(built, alone, all).fed.keys()].toSorted().join(' '),
  }));
}

describe('groupValues', () => {
  it('counts each value that the parts of a group are fed once', () => {
    expect(grouped(sumOf(3), 1600)).toEqual([{ values: 'h0 h1 h2 y', alone: 'h0 h1 h2 y', fed: 'h0 h1 h2' }]);
    expect(grouped(sumOf(3), 1500)).toEqual([
      { values: 'h0 h1 h2', alone: 'h0 h1 h2', fed: '' },
      { values: 'y', alone: 'y', fed: 'h0 h1 h2' },
    ]);
  });

  it('computes no value alone that would be fed more than a group may hold', () => {
    expect(grouped(sumOf(40), 4000)).toEqual([
      ...[0, 1, 2].map((group) => {
        const values = Array.from({ length: 10 }, (_, at) => `h${group * 10 + at}`).join(' ');
        return { values, alone: values, fed: '' };
      }),
      expect.objectContaining({ values: expect.stringMatching(/^h30.* h39$/) as string }),
      { values: 'y', alone: '', fed: '' },
    ]);
  });

  it('fills groups in order and puts an oversized part into a group of its own', () => {
    expect(grouped(chainOf(10, 20, 70, 5, 300, 5), 4 * 100)).toEqual([
      { values: 'v0 v1 v2', alone: 'v0 v1 v2', fed: 'v0 v1' },
      { values: 'v3', alone: 'v3', fed: 'v2' },
      { values: 'v4', alone: 'v4', fed: 'v3' },
      { values: 'v5', alone: '', fed: '' },
    ]);
  });
});
