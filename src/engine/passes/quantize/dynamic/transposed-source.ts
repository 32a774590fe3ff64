import type { ByteSource } from '../../../onnx/byte-source';
import type { LastResult } from '../last-result';

/** Fills the memory with all bytes of a source, in steps. */
type Computation = (target: Uint8Array) => Iterable<unknown>;

/**
 * Bytes in another order than those that they are computed from, so that no window of them can be computed alone. All
 * of them are computed when they are first read, and kept until their end was read or another such source is.
 */
export class TransposedSource implements ByteSource {
  readonly #computation: Computation;
  readonly #totalBytes: number;
  readonly #shared: LastResult<Uint8Array>;
  readonly #start: number;
  readonly #end: number;

  /** @param start first byte of the window on the result; @param end its end. */
  constructor(
    computation: Computation,
    totalBytes: number,
    shared: LastResult<Uint8Array>,
    start = 0,
    end = totalBytes,
  ) {
    this.#computation = computation;
    this.#totalBytes = totalBytes;
    this.#shared = shared;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  async prepare(checkpoint: () => Promise<void>): Promise<void> {
    if (this.#shared.has(this.#computation)) return;
    const bytes = new Uint8Array(this.#totalBytes);
    const steps = this.#computation(bytes)[Symbol.iterator]();
    while (!steps.next().done) await checkpoint();
    this.#shared.set(this.#computation, bytes);
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const to = Math.min(this.#start + end, this.#end);
    const bytes = this.#shared.get(this.#computation, () => this.#compute());
    if (to === this.#totalBytes) this.#shared.clear(this.#computation);
    return bytes.subarray(this.#start + start, to);
  }

  slice(start: number, end: number): ByteSource {
    const to = Math.min(this.#start + end, this.#end);
    return new TransposedSource(this.#computation, this.#totalBytes, this.#shared, this.#start + start, to);
  }

  #compute(): Uint8Array {
    const bytes = new Uint8Array(this.#totalBytes);
    const steps = this.#computation(bytes)[Symbol.iterator]();
    while (!steps.next().done);
    return bytes;
  }
}
