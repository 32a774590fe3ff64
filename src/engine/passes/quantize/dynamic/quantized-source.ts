import type { ByteSource } from '../../../onnx/byte-source';
import { pieceElementsOf, type WeightReader } from '../weight-reader';
import type { WeightScaling } from './weight-scaling';

/**
 * The integers of a weight in the order of the weight, computed whenever they are read. A quantized model therefore
 * costs no memory of its own: the floats stay in the file, and writing the variant streams them through.
 */
export class QuantizedSource implements ByteSource {
  readonly #reader: WeightReader;
  readonly #scaling: WeightScaling;
  readonly #start: number;
  readonly #end: number;

  /** @param start first element of the window on the weight; @param end its end. */
  constructor(reader: WeightReader, scaling: WeightScaling, start = 0, end = reader.elementCount) {
    this.#reader = reader;
    this.#scaling = scaling;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, this.sizeBytes) - start));
    this.readInto(bytes, start);
    return bytes;
  }

  readInto(target: Uint8Array, start = 0): void {
    const from = this.#start + start;
    const to = from + target.length;
    const { alignment } = this.#scaling;
    const pieceElements = pieceElementsOf(alignment);
    for (let at = from; at < to;) {
      // The range has whole rows around the window, which may begin or end inside one.
      const first = at - (at % alignment);
      const last = Math.min(first + pieceElements, Math.ceil(to / alignment) * alignment);
      const values = this.#reader.read(first, last);
      if (first === at && last <= to) {
        this.#scaling.quantize(values, first, target, at - from);
      } else {
        const piece = new Uint8Array(last - first);
        this.#scaling.quantize(values, first, piece, 0);
        target.set(piece.subarray(at - first, to - first), at - from);
      }
      at = last;
    }
  }

  slice(start: number, end: number): ByteSource {
    const to = Math.min(this.#start + end, this.#end);
    return new QuantizedSource(this.#reader, this.#scaling, this.#start + start, to);
  }
}
