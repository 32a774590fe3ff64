import { describe, expect, it } from 'vitest';
import type { Node } from '../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { findFeatures } from './features';
import { isNotTrainable, prepareForward, type ForwardGraph } from './prepare-forward';

function forwardOf(nodes: readonly Node[], width: number): ForwardGraph {
  const weight = (name: string, to: number, from: number) =>
    floatTensor(name, [to, from, 1, 1], new Float32Array(to * from));
  const net = model(
    graph({
      nodes,
      initializers: [weight('stem', width, 1), weight('inner', 4, width), weight('outer', width, 4)],
      inputs: [valueInfo('x', ['N', 1, 8, 8])],
      outputs: [valueInfo('y', ['N', width, 8, 8])],
    }),
    { opset: 18 },
  );
  const forward = prepareForward(net, { batch: 2, inputs: new Map([['x', [2, 1, 8, 8]]]) });
  if (isNotTrainable(forward)) throw new Error(forward.reason);
  return forward;
}

const block = (index: number): Node[] => [
  node('Conv', [`x${index}`, 'inner'], [`c${index}`]),
  node('Relu', [`c${index}`], [`r${index}`]),
  node('Conv', [`r${index}`, 'outer'], [`o${index}`]),
];
const residual = (blocks: number): Node[] => [
  node('Conv', ['x', 'stem'], ['x0']),
  ...Array.from({ length: blocks }, (_, index) => [
    ...block(index),
    node('Add', [`x${index}`, `o${index}`], [`s${index}`]),
    node('Relu', [`s${index}`], [`x${index + 1}`]),
  ]).flat(),
  node('Neg', [`x${blocks}`], ['y']),
];
const chain: Node[] = [node('Conv', ['x', 'stem'], ['x0']), ...block(0), node('Neg', ['o0'], ['y'])];
const namesOf = (nodes: readonly Node[], own: number, other: number): readonly string[] =>
  findFeatures(forwardOf(nodes, own), forwardOf(nodes, other)).map(({ name }) => name);

describe('findFeatures', () => {
  it('finds block ends: values with several readers, and sums after their activation', () => {
    expect(namesOf(residual(2), 3, 6)).toEqual(['x0', 'x1', 'x2']);
    expect(findFeatures(forwardOf(residual(1), 3), forwardOf(residual(1), 6))[0]).toEqual({
      name: 'x0',
      channelAxis: 1,
    });
  });

  it('takes activations in a chain', () => {
    expect(namesOf(chain, 3, 3)).toEqual(['r0']);
  });

  it('takes no value that is wider than that of the teacher, and twelve at most', () => {
    expect(namesOf(residual(2), 6, 3)).toEqual(['r0', 'r1']);
    expect(namesOf(residual(20), 3, 3)).toHaveLength(12);
  });
});
