import { describe, expect, it } from 'vitest';
import { channelGroups } from '../../../../onnx/coupling/channel-groups';
import { coupleChannels } from '../../../../onnx/coupling/couple-channels';
import { inferModel } from '../../../../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../../../onnx/testing/build';
import { outputPaths } from './output-paths';
import { repairableLayers } from './repairable-layers';
import { residualSums, settledSums } from './residual-sums';
import { productOf } from '../../../../product-of';

const weights = (name: string, ...dims: number[]) => floatTensor(name, dims, new Float32Array(productOf(dims)).fill(1));

/** A block with a BatchNormalization before its sum, and one that ends with an activation. */
const network = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w0'], ['a']),
      node('Conv', ['a', 'w1'], ['b']),
      node('BatchNormalization', ['b', 'gamma', 'zero', 'zero', 'variance'], ['c'], { epsilon: 1 }),
      node('Relu', ['a'], ['s']),
      node('Add', ['c', 's'], ['d']),
      node('Conv', ['d', 'w2'], ['e']),
      node('Relu', ['e'], ['f']),
      node('Add', ['d', 'f'], ['g']),
      node('Conv', ['g', 'w3'], ['y']),
    ],
    initializers: [
      weights('w0', 2, 1, 1, 1),
      ...['w1', 'w2', 'w3'].map((name) => weights(name, 2, 2, 1, 1)),
      floatTensor('gamma', [2], [4, 1]),
      floatTensor('zero', [2], [0, 0]),
      floatTensor('variance', [2], [3, 0]),
    ],
    inputs: [valueInfo('x', [1, 1, 4, 4])],
    outputs: [valueInfo('y', [1, 2, 4, 4])],
  }),
);

describe('residualSums', () => {
  const coupled = coupleChannels(network, inferModel(network));
  const layers = repairableLayers(network, coupled, channelGroups(coupled).layers);
  const sums = residualSums(outputPaths(network, coupled.constants, layers));

  it('finds the residual of a layer through BatchNormalization, and none behind an activation', () => {
    expect([...sums.keys()]).toEqual(['b']);
    expect(sums.get('b')).toEqual({ skip: 's', scales: Float64Array.of(2, 1) });
  });

  it('tells which of them no step changes any more, from that of their layer on', () => {
    const settledIn = (...steps: string[][]) => {
      const some = steps.map((outputs) => layers.filter(({ output }) => outputs.includes(output)));
      return [...settledSums(network, sums, some).keys()];
    };
    expect(settledIn(['a'], ['b'])).toEqual(['b']);
    expect(settledIn(['b'], ['e'])).toEqual(['b']);
    expect(settledIn(['a', 'b'])).toEqual([]);
    expect(settledIn(['b'], ['a'])).toEqual([]);
  });
});
