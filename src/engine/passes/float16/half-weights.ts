/** Weights of a model in float16: a large model is then written with memory for a piece of one. */
import type { ByteSource } from '../../onnx/byte-source';
import { bytesOf } from '../../onnx/byte-views';
import { DataType } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { elementCount } from '../../onnx/tensor';
import { openStreamedWeight, ReadBuffer, type WeightReader } from '../quantize/weight-reader';
import { asHalves, tensorAsFloat16 } from './float16-values';

/** What is kept in memory of one model, in all. */
const usualBytesToKeep = 256 * 2 ** 20;

export class HalfWeights {
  readonly #buffer = new ReadBuffer();
  readonly #bytesToKeep: number;
  #keptBytes = 0;

  /** @param bytesToKeep numbers are computed at once and kept up to so many bytes in all; others whenever they are read. */
  constructor(bytesToKeep = usualBytesToKeep) {
    this.#bytesToKeep = bytesToKeep;
  }

  /** A float32 tensor as float16. */
  convert(tensor: Tensor, name = tensor.name): Tensor {
    const sizeBytes = elementCount(tensor) * 2;
    const fits = this.#keptBytes + sizeBytes <= this.#bytesToKeep;
    const reader = fits ? undefined : openStreamedWeight(tensor, this.#buffer);
    if (reader !== undefined) {
      const { dims } = tensor;
      return { name, dataType: DataType.float16, dims, rawData: new HalvesOfWeight(reader, 0, sizeBytes) };
    }
    this.#keptBytes += sizeBytes;
    return tensorAsFloat16(tensor, name, this.#buffer);
  }
}

/** Bytes of float16 numbers, computed when they are read. */
class HalvesOfWeight implements ByteSource {
  readonly #reader: WeightReader;
  readonly #start: number;
  readonly #end: number;

  constructor(reader: WeightReader, start: number, end: number) {
    this.#reader = reader;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const from = this.#start + start;
    const to = Math.min(this.#start + end, this.#end);
    const first = Math.floor(from / 2);
    const halves = asHalves(this.#reader.read(first, Math.ceil(to / 2)));
    return bytesOf(halves).subarray(from - 2 * first, to - 2 * first);
  }

  slice(start: number, end: number): ByteSource {
    return new HalvesOfWeight(this.#reader, this.#start + start, Math.min(this.#start + end, this.#end));
  }
}
