/** Weights of a model in float16: a large model is then written with memory for a piece of one. */
import { ComputedSource } from '../../onnx/byte-source';
import { bytesOf } from '../../onnx/byte-views';
import { DataType } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { elementCount } from '../../onnx/tensor';
import { openStreamedWeight, ReadBuffer, type WeightReader } from '../quantize/weight-reader';
import { asHalves, tensorAsFloat16 } from './float16-values';

/** The most bytes of one model that are kept in memory. */
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
      const rawData = new ComputedSource((from, to) => halvesBetween(reader, from, to), 0, sizeBytes);
      return { name, dataType: DataType.float16, dims: tensor.dims, rawData };
    }
    this.#keptBytes += sizeBytes;
    return tensorAsFloat16(tensor, name, this.#buffer);
  }
}

/** Bytes `from` to `to` of the numbers as float16. */
function halvesBetween(reader: WeightReader, from: number, to: number): Uint8Array {
  const first = Math.floor(from / 2);
  const halves = asHalves(reader.read(first, Math.ceil(to / 2)));
  return bytesOf(halves).subarray(from - 2 * first, to - 2 * first);
}
