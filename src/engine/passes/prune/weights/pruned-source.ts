import type { ByteSource } from '../../../onnx/byte-source';
import { forEachSelected, type Selection } from './magnitude-threshold';
import type { WeightFormat } from './weight-values';

/**
 * A weight with some of its elements set to zero, computed whenever it is read. A pruned model therefore costs no
 * memory of its own: the weights stay in the file, and writing the variant streams them through.
 */
export class PrunedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #format: WeightFormat;
  readonly #selection: Selection;
  readonly #start: number;
  readonly #end: number;

  /** @param start first byte of the window into `source`; @param end its end. */
  constructor(source: ByteSource, format: WeightFormat, selection: Selection, start = 0, end = source.sizeBytes) {
    this.#source = source;
    this.#format = format;
    this.#selection = selection;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const { bytesPerElement } = this.#format;
    const from = this.#start + start;
    const to = Math.min(this.#start + end, this.#end);
    // The range has whole elements around the window, which may begin or end inside one.
    const first = Math.floor(from / bytesPerElement);
    const last = Math.ceil(to / bytesPerElement);
    const bytes = this.#source.read(first * bytesPerElement, last * bytesPerElement).slice();
    const values = this.#format.decode(bytes, first);
    forEachSelected(values, first, this.#selection, (position) =>
      this.#format.clear(bytes, position, first + position),
    );
    return bytes.subarray(from - first * bytesPerElement, to - first * bytesPerElement);
  }

  async prepare(checkpoint: () => Promise<void>): Promise<void> {
    await this.#source.prepare?.(checkpoint);
  }

  slice(start: number, end: number): ByteSource {
    const to = Math.min(this.#start + end, this.#end);
    return new PrunedSource(this.#source, this.#format, this.#selection, this.#start + start, to);
  }
}
