import type { Model } from '../../onnx/graph';
import { getAttributeInt, nodes } from '../../onnx/traverse';
import { weights } from '../../onnx/weights';

/**
 * Paths of DequantizeLinear nodes that read one axis in blocks. WebGPU of ONNX Runtime 1.30 computes them wrong without a word
 * (github.com/microsoft/onnxruntime/issues/32730), so no pass may write one.
 */
export function blockedVectors(model: Model): readonly string[] {
  const ranks = new Map(weights(model).map(({ name, tensor }) => [name, tensor.dims.length]));
  return [...nodes(model)].flatMap(({ node, path }) => {
    if (node.opType !== 'DequantizeLinear' || (getAttributeInt(node, 'block_size') ?? 0) === 0) return [];
    return ranks.get(node.inputs[0] ?? '') === 1 ? [path] : [];
  });
}
