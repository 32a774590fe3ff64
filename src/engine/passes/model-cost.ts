/** The cost of a whole model, for plans and for sentences about removed parts. */
import { bitsPerElement, DataType, isFloatDataType } from '../onnx/data-type';
import type { Model, Node } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import { elementCount } from '../onnx/tensor';
import { weights } from '../onnx/weights';

/** The MACs of some nodes of the model. */
export function macsOfNodes(nodes: readonly Node[], inferred: InferredModel): number | null {
  let sum = 0;
  for (const node of nodes) {
    const own = inferred.macs(node);
    if (own === null) return null;
    sum += own;
  }
  return sum;
}

/** Floating-point numbers in its constants, and their bytes. */
export function weightSizes(model: Model): { readonly parameters: number; readonly bytes: number } {
  let [parameters, bytes] = [0, 0];
  for (const { tensor } of weights(model)) {
    const type = tensor.dataType ?? DataType.undefined;
    if (!isFloatDataType(type)) continue;
    const count = elementCount(tensor);
    parameters += count;
    bytes += (count * (bitsPerElement(type) ?? 0)) / 8;
  }
  return { parameters, bytes };
}
