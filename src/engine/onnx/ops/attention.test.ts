import { describe, expect, it } from 'vitest';
import { inferModel } from '../infer';
import { graph, model, node, valueInfo } from '../testing/build';

function macsOf(
  shapes: Readonly<Record<string, readonly number[]>>,
  attributes: Readonly<Record<string, bigint>> = {},
) {
  const names = ['q', 'k', 'v', 'pk', 'pv'].map((name) => (Object.hasOwn(shapes, name) ? name : ''));
  const attention = node('Attention', [...names.slice(0, 3), '', ...names.slice(3)], ['y'], attributes);
  const main = graph({
    inputs: Object.entries(shapes).map(([name, shape]) => valueInfo(name, shape)),
    outputs: [valueInfo('y', null)],
    nodes: [attention],
  });
  return inferModel(model(main, { opset: 23 })).macs(attention);
}

describe('MACs of Attention', () => {
  it('counts heads that are folded into the width as those that are not', () => {
    const heads = macsOf({ q: [2, 2, 5, 4], k: [2, 2, 7, 4], v: [2, 2, 7, 4] });
    const folded = { q: [2, 5, 8], k: [2, 7, 8], v: [2, 7, 8] };
    expect(heads).toBe(2 * 2 * 5 * 7 * (4 + 4));
    expect(macsOf(folded, { q_num_heads: 2n, kv_num_heads: 2n })).toBe(heads);
    // The width of a head of the values is not known without them.
    expect(macsOf(folded)).toBeNull();
  });

  it('counts every query head over fewer key and value heads, and past keys', () => {
    const shapes = { q: [2, 5, 16], k: [2, 7, 8], v: [2, 7, 6], pk: [2, 2, 3, 4], pv: [2, 2, 3, 3] };
    expect(macsOf(shapes, { q_num_heads: 4n, kv_num_heads: 2n })).toBe(2 * 4 * 5 * (7 + 3) * (4 + 3));
  });
});
