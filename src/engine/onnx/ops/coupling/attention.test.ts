import { describe, expect, it } from 'vitest';
import { channelGroups } from '../../coupling/channel-groups';
import { coupleChannels } from '../../coupling/couple-channels';
import { DataType } from '../../data-type';
import type { Node, Tensor, ValueInfo } from '../../graph';
import { inferModel } from '../../infer';
import { floatTensor, graph, model, node, valueInfo } from '../../testing/build';
import { MICROSOFT_DOMAIN } from '../../traverse';
import { productOf } from '../../../product-of';

const zeros = (name: string, ...dims: number[]): Tensor => floatTensor(name, dims, new Float32Array(productOf(dims)));

const product = (name: string, input: string, weight: string) => node('MatMul', [input, weight], [name], {}, { name });

const fused = { name: 'mixed', domain: MICROSOFT_DOMAIN };

function groupsOf(nodes: readonly Node[], initializers: readonly Tensor[], x: ValueInfo, outputs: readonly string[]) {
  const lengths = [valueInfo('lengths', [1], DataType.int32), valueInfo('total', [], DataType.int32)];
  const ends = { inputs: [x, ...lengths], outputs: outputs.map((name) => valueInfo(name, null)) };
  const opsetImports = [
    { domain: '', version: 17n },
    { domain: MICROSOFT_DOMAIN, version: 1n },
  ];
  const original = model(graph({ nodes, initializers, ...ends }), { opsetImports });
  const { groups, locked } = channelGroups(coupleChannels(original, inferModel(original)));
  return {
    groups: groups.map(({ id }) => id),
    locked: locked.map(({ path, lock }) => `${path}: ${lock.path}: ${lock.reason}`),
  };
}

describe('fused attention', () => {
  it.each([
    ['Attention', ['a', 'packed', ''], { num_heads: 2n }],
    ['MultiHeadAttention', ['q', 'k', 'v'], { num_heads: 2n }],
    ['GroupQueryAttention', ['q', 'k', 'v', '', '', 'lengths', 'total'], { num_heads: 2n, kv_num_heads: 1n }],
  ] as const)('leaves channels alone that %s takes for positions of a sequence', (opType, inputs, attributes) => {
    const width = opType === 'GroupQueryAttention' ? 4 : 8;
    const nodes = [
      node('Conv', ['x', 'w0'], ['a'], {}, { name: 'a' }),
      product('q', 'a', 'wq'),
      product('k', 'a', 'wk'),
      product('v', 'a', 'wv'),
      node(opType, inputs, ['mixed'], attributes, fused),
      node('Conv', ['mixed', 'w1'], ['y'], {}, { name: 'y' }),
    ];
    const products = [zeros('wq', 8, 8), zeros('wk', 8, width), zeros('wv', 8, width), zeros('packed', 8, 24)];
    const weights = [zeros('w0', 6, 3, 1), ...products, zeros('w1', 2, 6, 1)];
    const { groups, locked } = groupsOf(nodes, weights, valueInfo('x', [1, 3, 8]), ['y']);
    expect(groups).not.toContain('graph/a');
    expect(locked).toContain(`graph/a: graph/mixed: ${opType} compares all of them with each other.`);
  });

  it.each([
    [[4n, 4n, 6n], false],
    [[2n, 2n, 2n], false],
    [[4n, 3n, 6n], true],
    [[4n, 4n, 0n], true],
  ])('keeps all channels if sizes of %s have no whole number of numbers for each head', (sizes, isLocked) => {
    const nodes = [
      product('a', 'x', 'w'),
      node('Attention', ['a', 'packed', ''], ['mixed'], { num_heads: 2n, qkv_hidden_sizes: sizes }, fused),
      product('y', 'mixed', 'end'),
    ];
    const [queries, keys, values] = sizes.map(Number) as [number, number, number];
    const weights = [zeros('w', 8, 8), zeros('packed', 8, queries + keys + values), zeros('end', values, 5)];
    const { locked } = groupsOf(nodes, weights, valueInfo('x', [1, 3, 8]), ['y']);
    expect(locked.includes('graph/a: graph/mixed: Its heads do not match the widths of its inputs.')).toBe(isLocked);
  });

  it('keeps heads of queries of which the scores are asked for, with a cache too', () => {
    const inputs = ['q', 'x', 'x', 'past', 'past', 'lengths', 'total'];
    const nodes = (scores: string) => [
      product('q', 'x', 'wq'),
      node(
        'GroupQueryAttention',
        inputs,
        ['mixed', 'keys', 'values', scores],
        { num_heads: 4n, kv_num_heads: 2n },
        fused,
      ),
      product('y', 'mixed', 'wo'),
    ];
    const weights = [zeros('wq', 8, 16), zeros('wo', 16, 3), zeros('past', 1, 2, 0, 4)];
    const x = valueInfo('x', [1, 5, 8]);
    expect(groupsOf(nodes(''), weights, x, ['y']).groups).toEqual(['graph/q']);
    expect(groupsOf(nodes('scores'), weights, x, ['y', 'scores']).groups).toEqual([]);
  });
});
