/** Weights of a model in 16 bits: a large model is then written with memory for a piece of one. */
import { ComputedSource } from '../../onnx/byte-source';
import { bytesOf } from '../../onnx/byte-views';
import type { Tensor } from '../../onnx/graph';
import { elementCount } from '../../onnx/tensor';
import { openStreamedWeight, ReadBuffer, type WeightReader } from '../quantize/weight-reader';
import { halfTypes, type HalfType, tensorAsFloat16 } from './float16-values';

/** The most bytes of one model that are kept in memory. */
const usualBytesToKeep = 256 * 2 ** 20;

export class HalfWeights {
  readonly #buffer = new ReadBuffer();
  readonly #bytesToKeep: number;
  readonly #type: HalfType;
  #keptBytes = 0;

  /** @param bytesToKeep numbers are computed at once and kept up to so many bytes in all; others whenever they are read. */
  constructor(bytesToKeep = usualBytesToKeep, type: HalfType = halfTypes.float16) {
    this.#type = type;
    this.#bytesToKeep = bytesToKeep;
  }

  /** A float32 tensor in 16 bits. */
  convert(tensor: Tensor, name = tensor.name): Tensor {
    const sizeBytes = elementCount(tensor) * 2;
    const fits = this.#keptBytes + sizeBytes <= this.#bytesToKeep;
    const reader = fits ? undefined : openStreamedWeight(tensor, this.#buffer);
    if (reader !== undefined) {
      const rawData = new ComputedSource((from, to) => halvesBetween(this.#type, reader, from, to), 0, sizeBytes);
      return { name, dataType: this.#type.dataType, dims: tensor.dims, rawData };
    }
    this.#keptBytes += sizeBytes;
    return tensorAsFloat16(tensor, name, this.#buffer, this.#type);
  }
}

/** Bytes `from` to `to` of the numbers in 16 bits. */
function halvesBetween(type: HalfType, reader: WeightReader, from: number, to: number): Uint8Array {
  const first = Math.floor(from / 2);
  const halves = type.bitsOf(reader.read(first, Math.ceil(to / 2)));
  return bytesOf(halves).subarray(from - 2 * first, to - 2 * first);
}
