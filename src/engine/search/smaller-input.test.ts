import { describe, expect, it } from 'vitest';
import { inspectInputs } from '../analysis/inspect';
import { describeShape } from '../onnx/declared-shape';
import { graph, model, node, valueInfo } from '../onnx/testing/build';
import { withSmallerInput } from './smaller-input';

const pictures = (shape: readonly (number | string)[]) =>
  model(
    graph({ nodes: [node('Relu', ['x'], ['y'])], inputs: [valueInfo('x', shape)], outputs: [valueInfo('y', shape)] }),
  );
const smaller = (shape: readonly (number | string)[]) => {
  const made = pictures(shape);
  return withSmallerInput(made, inspectInputs(made));
};

describe('a smaller input', () => {
  it('has pictures of 6/7 of the size, in multiples of 32, and states no shape of before', () => {
    const found = smaller([1, 3, 224, 224])!;
    expect([found.size, found.inputs[0]!.shape]).toEqual([192, [1, 3, 192, 192]]);
    expect(describeShape(found.model.graph!.inputs[0]!)).toBe('1, 3, 192, 192');
    expect(describeShape(found.model.graph!.outputs[0]!)).toBe('');
    expect(smaller(['N', 416, 416, 3])!.inputs[0]!.shape!.slice(1)).toEqual([352, 352, 3]);
  });

  it('is unknown without square pictures of a fixed size', () => {
    for (const shape of [
      [1, 64],
      [1, 3, 48, 320],
      [1, 3, 'H', 'W'],
      [1, 64, 224, 224],
      [1, 1, 28, 28],
    ])
      expect(smaller(shape)).toBeNull();
  });
});
