/** Feeds of the engine ⇄ tensors of onnxruntime-web. */
import type { Tensor, TypedTensor } from 'onnxruntime-web';
import type { FeedData, FeedTensor } from '../../engine/data/feeds';
import { messageOf, ParetoError } from '../../engine/errors';
import type { Ort } from './ort';

/** The element types that onnxruntime-web can hold in a tensor: the engine uses the same names for them. */
const ortTypes = new Set<string>([
  'float32',
  'float64',
  'float16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
  'string',
  'int4',
  'uint4',
]);

/** Throws a ParetoError naming the input when onnxruntime-web has no such element type or the data does not fit. */
function toOrtTensor(ort: Ort, name: string, feed: FeedTensor): Tensor {
  if (!ortTypes.has(feed.dtype)) {
    throw new ParetoError(
      'runtime/input-type',
      `Input "${name}" is of type ${feed.dtype}, which the web runtime does not support. Convert the model's input to float32 first.`,
    );
  }
  try {
    // float16 goes in as a Uint16Array of bits. The library makes a Float16Array of it if the host has one.
    return new ort.Tensor(feed.dtype as 'float32', feed.data as Float32Array, feed.dims);
  } catch (error) {
    throw new ParetoError('runtime/input-data', `Input "${name}" could not be fed: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

export function toOrtTensors(ort: Ort, feeds: readonly (readonly [name: string, FeedTensor])[]): Map<string, Tensor> {
  return new Map(feeds.map(([name, feed]) => [name, toOrtTensor(ort, name, feed)]));
}

/**
 * Waits until the values can be read: for GPU outputs, until the GPU is done. Then it copies them, because later runs
 * reuse memory of the WASM heap. It frees memory of the GPU.
 */
export async function fromOrtTensor(tensor: Tensor): Promise<FeedTensor> {
  const data = (await tensor.getData(true)) as FeedData | TypedTensor<'float16'>['data'];
  const bits = tensor.type === 'float16' ? asBits(data as ArrayBufferView) : (data as FeedData);
  return { dtype: tensor.type, dims: [...tensor.dims], data: bits.slice() as FeedData };
}

function asBits(data: ArrayBufferView): Uint16Array {
  return data instanceof Uint16Array
    ? data
    : new Uint16Array(data.buffer, data.byteOffset, data.byteLength / Uint16Array.BYTES_PER_ELEMENT);
}
