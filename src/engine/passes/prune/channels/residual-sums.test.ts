import { describe, expect, it } from 'vitest';
import { channelGroups } from '../../../onnx/coupling/channel-groups';
import { coupleChannels } from '../../../onnx/coupling/couple-channels';
import type { Node } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { repairableLayers } from './repairable-layers';
import { isBehind, residualSums } from './residual-sums';

const weights = (name: string, ...dims: number[]) =>
  floatTensor(name, dims, new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(1));

/** A block with a BatchNormalization before its sum, and one that ends with an activation. */
const network = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w0'], ['a']),
      node('Conv', ['a', 'w1'], ['b']),
      node('BatchNormalization', ['b', 'gamma', 'zero', 'zero', 'variance'], ['c'], { epsilon: 1 }),
      node('Add', ['c', 'a'], ['d']),
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
  it('finds what a layer is added to, through BatchNormalization, and nothing behind an activation', () => {
    const coupled = coupleChannels(network, inferModel(network));
    const layers = repairableLayers(network, coupled, channelGroups(coupled).layers);
    const sums = residualSums(network, coupled.constants, layers);
    expect([...sums.keys()]).toEqual(['b']);
    expect(sums.get('b')).toEqual({ skip: 'a', scales: Float64Array.of(2, 1) });
  });

  it('tells what a value is computed from', () => {
    const producers = new Map(
      network.graph!.nodes.flatMap((each): [string, Node][] => each.outputs.map((name) => [name, each])),
    );
    expect(isBehind('d', new Set(['b']), producers)).toBe(true);
    expect(isBehind('a', new Set(['b', 'e']), producers)).toBe(false);
  });
});
