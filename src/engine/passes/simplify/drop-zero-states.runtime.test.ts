import { describe, expect, it } from 'vitest';
import type { Graph, Node, Tensor } from '../../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { dropZeroStates } from './drop-zero-states';
import { simplified } from './testing/simplified.runtime';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => Math.sin(index * 1.7) / 2);
const [hidden, width] = [3, 2];
const weights = (gates: number): readonly Tensor[] => [
  floatTensor('w', [1, gates * hidden, width], numbers(gates * hidden * width)),
  floatTensor('r', [1, gates * hidden, hidden], numbers(gates * hidden * hidden)),
];

/** The batch is the second size of x, and the state is two directions of which one is cut. */
const computed: readonly Node[] = [
  node('Shape', ['x'], ['sizes']),
  node('Slice', ['sizes', 'one', 'two'], ['batch']),
  node('Concat', ['two', 'batch', 'three'], ['states'], { axis: 0n }),
  node('ConstantOfShape', ['states'], ['zeros']),
  node('Slice', ['zeros', 'zero', 'one', 'zero'], ['state']),
];
const lists = [0, 1, 2, 3].map((value, index) => int64Tensor(['zero', 'one', 'two', 'three'][index]!, [1], [value]));

const build = (layer: Node, gates: number, parts: Partial<Graph> = {}) =>
  model(
    graph({
      nodes: [...computed, layer],
      inputs: [valueInfo('x', ['T', 'N', width])],
      outputs: [valueInfo('y', ['T', 1, 'N', hidden])],
      ...parts,
      initializers: [...lists, ...weights(gates), ...(parts.initializers ?? [])],
    }),
  );
const attributes = { hidden_size: BigInt(hidden) };
const run = (original: ReturnType<typeof build>) =>
  simplified(original, dropZeroStates, { exact: true, dimensions: { T: 4, N: 2 } });

describe('drop-zero-states', () => {
  it.each<[string, number, readonly string[], readonly string[]]>([
    ['LSTM', 4, ['state', 'state'], ['x', 'w', 'r']],
    ['LSTM', 4, ['state', 'state', 'p'], ['x', 'w', 'r', '', '', '', '', 'p']],
    ['GRU', 3, ['state'], ['x', 'w', 'r']],
    ['RNN', 1, ['state'], ['x', 'w', 'r']],
  ])('lets %s begin with zeros by itself, for any batch', async (opType, gates, states, left) => {
    const layer = node(opType, ['x', 'w', 'r', '', '', ...states], ['y'], attributes);
    const initializers = [floatTensor('p', [1, 3 * hidden], numbers(3 * hidden))];
    const { model: result, changes } = await run(build(layer, gates, { initializers }));
    expect(result.graph!.nodes.at(-1)!.inputs).toEqual(left);
    expect(changes).toMatchObject([{ op: opType }]);
  });

  it('takes zeros that are weights away, and keeps a cell that is none', async () => {
    const layer = node('LSTM', ['x', 'w', 'r', '', '', 'h', 'c'], ['y'], attributes);
    const original = build(layer, 4, {
      initializers: [floatTensor('h', [1, 1, hidden], [0, 0, 0]), floatTensor('c', [1, 1, hidden], [0, 0.5, 0])],
      inputs: [valueInfo('x', ['T', 1, width])],
    });
    const { model: result } = await run(original);
    expect(result.graph!.nodes.at(-1)!.inputs).toEqual(['x', 'w', 'r', '', '', '', 'c']);
  });

  it('leaves states that are no zeros, or that a caller gives', async () => {
    const layer = (state: string) => node('RNN', ['x', 'w', 'r', '', '', state], ['y'], attributes);
    const ones = node('ConstantOfShape', ['states'], ['zeros'], { value: floatTensor('', [1], [1]) });
    const fed = build(layer('h'), 1, {
      initializers: [floatTensor('h', [1, 1, hidden], [0, 0, 0])],
      inputs: [valueInfo('x', ['T', 1, width]), valueInfo('h', [1, 1, hidden])],
    });
    for (const original of [build(layer('state'), 1, { nodes: [...computed.with(3, ones), layer('state')] }), fed])
      expect((await run(original)).model).toBe(original);
  });
});
