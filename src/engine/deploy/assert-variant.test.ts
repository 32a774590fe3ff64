import { expect, it } from 'vitest';
import { inspect } from '../analysis/inspect';
import { graph, model, node, valueInfo } from '../onnx/testing/build';
import { assertVariantOf } from './assert-variant';

function inspected(name: string, input: string, output: string) {
  const relu = graph({
    nodes: [node('Relu', [input], [output])],
    inputs: [valueInfo(input, [1, 2])],
    outputs: [valueInfo(output, [1, 2])],
  });
  const inspection = inspect(model(relu), { name, sizeBytes: 1, sha256: '' });
  return inspection;
}

it('accepts a model with the same inputs and outputs, and names the difference of another', () => {
  const original = inspected('net.onnx', 'x', 'y');
  expect(() => assertVariantOf(original, inspected('small.onnx', 'x', 'y'))).not.toThrow();
  expect(() => assertVariantOf(original, inspected('other.onnx', 'image', 'y'))).toThrow(
    'other.onnx is not a variant of net.onnx: it takes "image".',
  );
  expect(() => assertVariantOf(original, inspected('other.onnx', 'x', 'logits'))).toThrow('has the output "logits"');
});
