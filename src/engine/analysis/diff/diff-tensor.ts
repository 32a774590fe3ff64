/** Describes in sentences how two tensors differ. */
import { dataTypeName } from '../../onnx/data-type';
import type { SparseTensor, Tensor } from '../../onnx/graph';
import { hasSameElements } from '../../onnx/same-elements';

/** Sentences on what differs; none for equal tensors. */
export function sparseDifferences(label: string, a: SparseTensor, b: SparseTensor): readonly string[] {
  if (a.dims.join() !== b.dims.join())
    return [`${label} had shape [${a.dims.join(', ')}] and has [${b.dims.join(', ')}]`];
  const parts = [
    [a.values, b.values],
    [a.indices, b.indices],
  ] as const;
  return parts.flatMap(([one, other]) => (one && other ? tensorDifferences(label, one, other) : [])).slice(0, 1);
}

/** Type and shape first: elements are read only where both are the same. */
export function tensorDifferences(label: string, a: Tensor, b: Tensor): readonly string[] {
  const found: string[] = [];
  if (a.dataType !== b.dataType) {
    found.push(`${label} was ${dataTypeName(a.dataType ?? 0)} and is ${dataTypeName(b.dataType ?? 0)}`);
  }
  if (a.dims.join() !== b.dims.join()) {
    found.push(`${label} had shape [${a.dims.join(', ')}] and has [${b.dims.join(', ')}]`);
  }
  return found.length > 0 || hasSameElements(a, b) ? found : [`${label} has other values`];
}
