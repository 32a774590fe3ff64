import { describe, expect, it } from 'vitest';
import { channelGroups } from '../../../../onnx/coupling/channel-groups';
import { coupleChannels } from '../../../../onnx/coupling/couple-channels';
import { inferModel } from '../../../../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../../../onnx/testing/build';
import { outputPaths } from './output-paths';
import { repairableLayers } from './repairable-layers';

const vector = (name: string, ...values: number[]) => floatTensor(name, [values.length], values);
const filters = (name: string, inputs: number) => floatTensor(name, [2, inputs, 1, 1], Array(2 * inputs).fill(1));

const network = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w0'], ['a']),
      node('BatchNormalization', ['a', 'gain', 'offset', 'mean', 'variance'], ['b'], { epsilon: 1 }),
      node('Relu', ['b'], ['c']),
      node('Conv', ['c', 'w1'], ['d']),
      node('Add', ['c', 'd'], ['e']),
      node('Relu', ['e'], ['f']),
      node('Conv', ['f', 'w2'], ['g']),
      node('Add', ['g', 'other'], ['h']),
      node('Relu', ['h'], ['i']),
      node('Conv', ['i', 'w3'], ['j']),
      node('Sigmoid', ['j'], ['k']),
      node('GlobalAveragePool', ['k'], ['l']),
      node('Flatten', ['l'], ['m']),
      node('MatMul', ['m', 'w4'], ['n']),
      node('Add', ['n', 'bias'], ['o']),
      node('Relu', ['o'], ['y']),
    ],
    initializers: [
      filters('w0', 1),
      ...['w1', 'w2', 'w3'].map((name) => filters(name, 2)),
      floatTensor('w4', [2, 3], [1, 2, 3, 4, 5, 6]),
      vector('gain', 4, -1),
      vector('offset', 1, 2),
      vector('mean', 3, 0),
      vector('variance', 3, 0),
      vector('bias', 1, 2, 3),
      floatTensor('other', [1, 2, 1, 1], [1, 1]),
    ],
    inputs: [valueInfo('x', [1, 1, 4, 4])],
    outputs: [valueInfo('y', [1, 3])],
  }),
);

describe('outputPaths', () => {
  const coupled = coupleChannels(network, inferModel(network));
  const layers = repairableLayers(network, coupled, channelGroups(coupled).layers);
  const paths = outputPaths(network, coupled.constants, layers);

  it('follows an output on its way to a Relu', () => {
    expect(paths.get('a')).toEqual({
      scales: Float64Array.of(2, -1),
      shifts: Float64Array.of(-5, 2),
      isRectified: true,
    });
    expect(paths.get('d')).toEqual({ skip: 'c', isRectified: true });
    expect(paths.get('n')).toEqual({ shifts: Float64Array.of(1, 2, 3), isRectified: true });
  });

  it('counts no other activation, and nothing behind a constant whose place it does not know', () => {
    expect(paths.get('j')).toEqual({ isRectified: false });
    expect(paths.get('g')).toEqual({ isRectified: false });
  });
});
