/** Chains of nodes for tests of what makes one of two. */
import { expect } from 'vitest';
import type { Model, Node, Tensor } from '../../../../onnx/graph';
import { readIntegers } from '../../../../onnx/tensor';
import { graph, model, valueInfo } from '../../../../onnx/testing/build';
import { mergeChains } from '../../merge-chains';
import { simplified } from '../../testing/simplified.runtime';

type Size = number | string | null;

export interface Chain {
  readonly input?: readonly Size[];
  readonly output?: readonly Size[];
  readonly initializers?: readonly Tensor[];
  readonly opset?: number;
  readonly types?: readonly [input: number, output: number];
}

/** A model from `x` through the nodes to `y`. */
export const chain = (
  nodes: readonly Node[],
  { input = ['N', 4, 6], output = [null, null, null], initializers = [], opset, types = [1, 1] }: Chain = {},
): Model =>
  model(
    graph({
      nodes,
      initializers,
      inputs: [valueInfo('x', input, types[0])],
      outputs: [valueInfo('y', output, types[1])],
    }),
    { opset },
  );

/** Returns the model that is left, after comparing its outputs with those of the original. */
export const merged = async (original: Model, exact = true) =>
  (await simplified(original, mergeChains, { exact, dimensions: { N: 3, M: 5 } })).model;

export const untouched = async (original: Model) => expect(await merged(original)).toBe(original);

/** The integers of a constant that the last node reads. */
export const constantOf = (result: Model, input: number) => {
  const name = result.graph!.nodes.at(-1)!.inputs[input];
  return readIntegers(result.graph!.initializers.find((tensor) => tensor.name === name)!).map(Number);
};
