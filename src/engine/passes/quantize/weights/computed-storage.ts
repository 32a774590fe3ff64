/** Quantized weights that are computed when they are read: a large model is then written with memory for one weight. */
import type { ByteSource } from '../../../onnx/byte-source';
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
    return new ComputedSource((): Uint8Array => last.get(owner, compute)[part]!, 0, sizeBytes);
  });
}

class ComputedSource implements ByteSource {
  readonly #bytes: () => Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: () => Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    return this.#bytes().subarray(this.#start + start, Math.min(this.#start + end, this.#end));
  }

  slice(start: number, end: number): ByteSource {
    return new ComputedSource(this.#bytes, this.#start + start, Math.min(this.#start + end, this.#end));
  }
}
