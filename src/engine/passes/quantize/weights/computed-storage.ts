/** Quantized weights that are computed when they are read: a large model is then written with memory for one weight. */
import { ComputedSource } from '../../../onnx/byte-source';
import { expectedSizeBytes } from '../../../onnx/tensor';
import type { LastResult } from '../last-result';
import type { PackedWeight } from './packed-weights';
import { withSources, type StoredWeight } from './weight-storage';

/** @param last holds the bytes of one weight: those of all its tensors are computed together, and read one after the other. */
export function computedStorage(
  storage: StoredWeight,
  compute: () => PackedWeight,
  last: LastResult<PackedWeight>,
): StoredWeight {
  const owner = {};
  return withSources(storage, (part) => {
    const sizeBytes = expectedSizeBytes(storage[part]!)!;
    return new ComputedSource((start, end) => last.get(owner, compute)[part]!.subarray(start, end), 0, sizeBytes);
  });
}
