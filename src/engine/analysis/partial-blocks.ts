/** Blocked quantization (DequantizeLinear since opset 21) whose last block is not full: legal ONNX that some importers lack. */
import type { Model } from '../onnx/graph';
import { getAttributeInt, isDefaultDomain } from '../onnx/traverse';
import { weights } from '../onnx/weights';

/** Paths of the DequantizeLinear nodes of weights whose size along `axis` is no multiple of `block_size`. */
export function partialBlocks(model: Model): readonly string[] {
  return weights(model).flatMap(({ tensor, consumers }) =>
    consumers.flatMap(({ node, path, input }) => {
      if (input !== 0 || node.opType !== 'DequantizeLinear' || !isDefaultDomain(node.domain)) return [];
      const block = getAttributeInt(node, 'block_size') ?? 0;
      const size = Number(tensor.dims.at(getAttributeInt(node, 'axis') ?? 1) ?? 0);
      return block > 0 && size % block !== 0 ? [path] : [];
    }),
  );
}
