import { describe, expect, it } from 'vitest';
import type { Graph, Model, Node } from '../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { diffModels } from './diff';

const context = { checkpoint: () => Promise.resolve() };
const compare = (a: Model, b: Model) => diffModels(a, b, context);
const network = (parts: Partial<Graph>): Model =>
  model(graph({ inputs: [valueInfo('x', [2, 3])], outputs: [valueInfo('y', null)], ...parts }));

describe('differences of inputs and outputs', () => {
  it.each([
    {
      label: 'outputs that trade places',
      nodes: [node('Relu', ['x'], ['z']), node('Neg', ['z'], ['y'])],
      outputs: ['y', 'z'],
      model: [
        'Output y came from Relu (graph/Relu_0) and comes from Neg (graph/Neg_1).',
        'Output z came from Neg (graph/Neg_1) and comes from Relu (graph/Relu_0).',
      ],
    },
    {
      label: 'outputs in another order',
      nodes: [node('Relu', ['x'], ['y']), node('Neg', ['y'], ['z'])],
      outputs: ['z', 'y'],
      model: ['The outputs were in the order y, z and are in the order z, y.'],
    },
    {
      label: 'an output that is a weight now',
      nodes: [node('Relu', ['x'], ['y'])],
      outputs: ['y', 'z'],
      model: ['Output z was z of graph/Neg_1 and is the weight z.'],
    },
  ])('finds $label, though every node is the same', async ({ nodes, outputs, model: expected }) => {
    const pair = (list: readonly Node[], names: readonly string[]) =>
      network({
        nodes: list,
        outputs: names.map((name) => valueInfo(name, null)),
        initializers: list.length > 1 ? [] : [floatTensor('z', [1], [1])],
      });
    const original = pair([node('Relu', ['x'], ['y']), node('Neg', ['y'], ['z'])], ['y', 'z']);
    expect(await compare(original, pair(nodes, outputs))).toMatchObject({ changed: [], onlyB: [], model: expected });
  });

  it('finds inputs in another order: of the model, of functions and of graphs inside nodes', async () => {
    const subtract = node('Sub', ['p', 'q'], ['d']);
    const takes = (names: readonly string[], weights: readonly string[] = []) =>
      model(
        graph({
          inputs: names.map((name) => valueInfo(name, [1])),
          initializers: weights.map((name) => floatTensor(name, [1], [1])),
          nodes: [subtract],
          outputs: [valueInfo('d', [1])],
        }),
      );
    expect((await compare(takes(['p', 'q']), takes(['q', 'p']))).model).toEqual([
      'The inputs were in the order p, q and are in the order q, p.',
    ]);
    // A default may be listed anywhere.
    expect((await compare(takes(['p', 'q'], ['q']), takes(['q', 'p'], ['q']))).model).toEqual([]);
    const calls = (inputs: readonly string[], outputs: readonly string[]): Model => ({
      ...network({}),
      functions: [
        {
          name: 'F',
          domain: 'here',
          inputs,
          outputs,
          attributes: [],
          nodes: [subtract, node('Neg', ['d'], ['e'])],
          opsetImports: [],
        },
      ],
    });
    expect((await compare(calls(['p', 'q'], ['d', 'e']), calls(['q', 'p'], ['e', 'd']))).model).toEqual([
      'The inputs of the body of function:here:F were in the order p, q and are in the order q, p.',
      'The body of function:here:F returned d of function:here:F/Sub_0 and returns e of function:here:F/Neg_1.',
      'The body of function:here:F returned e of function:here:F/Neg_1 and returns d of function:here:F/Sub_0.',
    ]);
    const scans = (names: readonly string[]) => {
      const body = graph({
        inputs: names.map((name) => valueInfo(name, null)),
        nodes: [subtract],
        outputs: [valueInfo('d', null)],
      });
      return network({ nodes: [node('Scan', ['x', 'x'], ['y'], { body, num_scan_inputs: 2n })] });
    };
    expect((await compare(scans(['p', 'q']), scans(['q', 'p']))).changed).toMatchObject([
      { what: 'The inputs of its body were in the order p, q and are in the order q, p.' },
    ]);
  });
});
