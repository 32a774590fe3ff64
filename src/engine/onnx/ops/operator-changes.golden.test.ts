/** Upgrades against the schemas of ONNX: a fixture made by tools/golden/make-operator-changes.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { upgradeStages } from './registry';

interface Change {
  readonly op: string;
  readonly from: number;
  /** The opset that brought it. */
  readonly to: number;
  /** Empty if the operator only took more types, or where its text changed. */
  readonly differences: readonly string[];
}

const { changes } = JSON.parse(readFileSync(new URL('./fixtures/operator-changes.json', import.meta.url), 'utf8')) as {
  readonly changes: readonly Change[];
};

const upgraded = new Set(
  upgradeStages.flatMap(({ upgrades }) => [...upgrades].map(([op, { since }]) => `${op} ${since}`)),
);

/** The reason why an old node keeps its meaning. The default of a new attribute usually is the old behavior. */
const sameAllTheSame = new Map<string, string>([
  ['ArgMax 12 select_last_index = 0', 'the first of equal elements was taken'],
  ['ArgMin 12 select_last_index = 0', 'the first of equal elements was taken'],
  ['AveragePool 7 count_include_pad = 0', 'padding was not averaged'],
  ['AveragePool 10 ceil_mode = 0', 'sizes were rounded down'],
  ['Cast 19 saturate = 1', 'matters for 8-bit floats only, which came with it'],
  ['CastLike 19 saturate = 1', 'matters for 8-bit floats only, which came with it'],
  ['DepthToSpace 11 mode = DCR', 'depth was the outermost of the three'],
  ['DequantizeLinear 13 axis = 1', 'matters for a list of scales only, and there was one scale'],
  ['DequantizeLinear 21 block_size = 0', 'there were no blocks'],
  ['DequantizeLinear 23 output_dtype = 0', 'the result has the type of the scale'],
  ['GatherND 12 batch_dims = 0', 'no axis was a batch'],
  ['GRU 14 layout = 0', 'the sequence was the first axis'],
  ['LSTM 14 layout = 0', 'the sequence was the first axis'],
  ['LpPool 18 ceil_mode = 0', 'sizes were rounded down'],
  ['MaxPool 8 storage_order = 0', 'matters for the indices only, which came with it'],
  ['MaxPool 10 ceil_mode = 0', 'sizes were rounded down'],
  ['QuantizeLinear 13 axis = 1', 'matters for a list of scales only, and there was one scale'],
  ['QuantizeLinear 19 saturate = 1', 'matters for 8-bit floats only, which came with it'],
  ['QuantizeLinear 21 block_size = 0', 'there were no blocks'],
  ['QuantizeLinear 21 output_dtype = 0', 'the result has the type of the zero point'],
  ['QuantizeLinear 23 precision = 0', 'the division has the type of the scale'],
  ['RNN 14 layout = 0', 'the sequence was the first axis'],
  ['Reshape 14 allowzero = 0', 'a zero copied the size'],
  ['Resize 18 antialias = 0', 'nothing was smoothed'],
  ['Resize 18 keep_aspect_ratio_policy = stretch', 'sizes were taken as they were'],
  ['ScatterElements 16 reduction = none', 'the last element won'],
  ['ScatterND 16 reduction = none', 'the last element won'],
  ['Shape 15 start = 0', 'the shape began with the first axis'],
  ['TopK 11 largest = 1', 'the largest elements were taken'],
  ['TopK 11 sorted = 1', 'they were sorted'],
  ['Upsample 9 without attribute scales', 'the upgrade of opset 10 takes them from there too; no target lies between'],
  ['Upsample 9 needs input scales', 'the upgrade of opset 10 gives it one; no target lies between'],
]);

/** Differences that an older node need not have: new optional inputs, outputs, and attributes without a default. */
const isHarmless = (difference: string) => /^new (attribute \w+|input \w+|output \w+)$/.test(difference);

describe('upgrades of operators, next to the schemas of ONNX', () => {
  it('have a fixture worth the name', () => {
    expect(changes.length).toBeGreaterThan(300);
    expect(new Set(changes.map(({ to }) => to)).size).toBe(16);
  });

  it('are there for every operator whose new version would not take an old node as it meant it', () => {
    const unexplained = changes
      .filter(({ op, to }) => !upgraded.has(`${op} ${to}`))
      .flatMap(({ op, to, differences }) =>
        differences
          .filter((difference) => !isHarmless(difference))
          .map((difference) => `${op} ${to} ${difference.replace(/^new attribute /, '')}`),
      );
    expect(unexplained.filter((entry) => !sameAllTheSame.has(entry))).toEqual([]);
    expect([...sameAllTheSame.keys()].filter((entry) => !unexplained.includes(entry))).toEqual([]);
  });

  it('belong to an opset that changed the operator, or ended it', () => {
    const known = new Set(changes.map(({ op, to }) => `${op} ${to}`));
    const described = new Set(changes.map(({ op }) => op));
    const misplaced = [...upgraded].filter((entry) => !known.has(entry) && described.has(entry.split(' ')[0]!));
    expect(misplaced).toEqual([]);
  });
});
