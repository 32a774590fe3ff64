import { describe, expect, it } from 'vitest';
import type { Model } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeWeights } from './quantize-weights';

const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, (_, at) => Math.sin(at)),
  );

const longNames = model(
  graph({
    nodes: [
      node('Conv', ['x', 'features.0.weight'], ['h'], {}, { name: 'first' }),
      node('Conv', ['h', 'features.1.weight'], ['k'], {}, { name: 'second' }),
      // Both read one matrix.
      node('MatMul', ['k', 'shared.weight'], ['m'], {}, { name: 'third' }),
      node('MatMul', ['m', 'shared.weight'], ['y'], {}, { name: 'last' }),
    ],
    initializers: [
      weight('features.0.weight', 8, 8, 3, 3),
      weight('features.1.weight', 8, 8, 3, 3),
      weight('shared.weight', 32, 32),
    ],
    inputs: [valueInfo('x', [1, 8, 36, 36])],
    outputs: [valueInfo('y', [1, 8, 32, 32])],
  }),
);

async function graphOf(given: Model, form: string) {
  const options = resolveOptions(quantizeWeights, { method: 'rtn', keepEnds: false, form });
  const { graph: made } = (await quantizeWeights.run(given, options, passContext())).model;
  return {
    weights: made!.initializers.map(({ name }) => name),
    layers: made!.nodes.filter(({ opType }) => opType === 'Conv' || opType === 'MatMul').map(({ inputs }) => inputs[1]),
  };
}

describe('LayerRewriter', () => {
  it('gives what it adds short names, and the floats of a weight that name which it had', async () => {
    const { weights, layers } = await graphOf(longNames, 'auto');
    expect(layers).toEqual(['features.0.weight', 'features.1.weight', 'q3_output', 'q3_output']);
    expect(weights).toEqual(['q1', 's1', 'z1', 'dims', 'q2', 's2', 'z2', 'q3', 's3', 'z3']);
  });

  it('takes the names of the tool where its form is asked for', async () => {
    const { weights, layers } = await graphOf(longNames, 'dequantize');
    expect(layers[2]).toBe('shared.weight_DQ_Q4_output');
    expect(weights).toContain('features.0.weight_DQ_scales');
  });
});
