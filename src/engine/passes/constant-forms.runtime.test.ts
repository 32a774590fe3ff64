/** Weights in each form of the operator Constant: every pass reads and replaces them as it does initializers. */
import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import { AttributeType, type Attribute, type Model, type Node } from '../onnx/graph';
import { graph, model, node, valueInfo } from '../onnx/testing/build';
import { createSeededRandom } from '../seeded-random';
import { passes } from './registry';
import { checkRandomRecipe } from './testing/check-random-recipe.runtime';

const random = createSeededRandom(4);
const floats = (count: number): readonly number[] => Array.from({ length: count }, () => random.next() - 0.5);
const held = (name: string, attribute: Attribute): Node => ({
  ...node('Constant', [], [name]),
  attributes: [attribute],
});
const list = (name: string, values: readonly number[]): Node =>
  held(name, { name: 'value_floats', type: AttributeType.floats, floats: values.map(Math.fround) });
const ints = (name: string, values: readonly number[]): Node =>
  held(name, { name: 'value_ints', type: AttributeType.ints, ints: values.map(BigInt) });
const text = (value: string) => new TextEncoder().encode(value);

/** Two layers, whose weights are lists that are given a shape, with vectors, numbers and texts. */
const net: Model = model(
  graph({
    nodes: [
      list('flat', floats(32 * 16)),
      ints('shape', [16, 32]),
      node('Reshape', ['flat', 'shape'], ['w']),
      node('MatMul', ['x', 'w'], ['h0'], {}, { name: 'first' }),
      list('bias', floats(32)),
      node('Add', ['h0', 'bias'], ['h1']),
      held('half', { name: 'value_float', type: AttributeType.float, f: 0.5 }),
      node('Mul', ['h1', 'half'], ['h2']),
      node('Relu', ['h2'], ['h3']),
      list('flat2', floats(32 * 24)),
      ints('shape2', [32, 24]),
      node('Reshape', ['flat2', 'shape2'], ['w2']),
      node('MatMul', ['h3', 'w2'], ['h4'], {}, { name: 'second' }),
      list('scale', floats(24)),
      node('Mul', ['h4', 'scale'], ['y']),
      held('at', { name: 'value_int', type: AttributeType.int, i: 1n }),
      node('Gather', ['y', 'at'], ['z'], { axis: 1n }),
      held('words', { name: 'value_strings', type: AttributeType.strings, strings: [text('1.5'), text('-2')] }),
      held('word', { name: 'value_string', type: AttributeType.string, s: text('4') }),
      node('Cast', ['words'], ['found'], { to: BigInt(DataType.float32) }),
      node('Cast', ['word'], ['other'], { to: BigInt(DataType.float32) }),
    ],
    inputs: [valueInfo('x', [1, 16])],
    outputs: [valueInfo('y', [1, 24]), valueInfo('z', [1]), valueInfo('found', [2]), valueInfo('other', [])],
  }),
  { opset: 19 },
);
const checked = {
  model: { ...net, graph: { ...net.graph!, nodes: sorted(net.graph!.nodes) } },
  dimensions: {},
  isWellConditioned: true,
};

/** Constants first. */
function sorted(nodes: readonly Node[]): readonly Node[] {
  const isConstant = ({ opType }: Node) => opType === 'Constant';
  return [...nodes.filter(isConstant), ...nodes.filter((each) => !isConstant(each))];
}

describe('weights in numbers and lists of Constant nodes', () => {
  it.each(passes.map(({ id }) => id))('pass through %s', async (pass) => {
    for (const first of [[], ['simplify']]) {
      const steps = [...first, pass].map((id) => ({ pass: id, options: {}, enabled: true }));
      const { kind, problem } = await checkRandomRecipe(checked, { version: 1, seed: 0, steps }, 24, false);
      expect(problem).toBeUndefined();
      expect(kind).not.toBe('invalid');
    }
  });

  it('are stored as float16', async () => {
    const recipe = {
      version: 1 as const,
      seed: 0,
      steps: [{ pass: 'store-float16', options: { leastSaving: 0 }, enabled: true }],
    };
    const { kind, passes: ran, bytes } = await checkRandomRecipe(checked, recipe, 0, false);
    expect([kind, ran]).toEqual(['good', [{ id: 'store-float16', changes: 4 }]]);
    expect(bytes!.length).toBeLessThan(4000);
  });
});
