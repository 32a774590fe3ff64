/** Requests as KServe's v2 protocol writes them in JSON. */
import type { Feeds, FeedTensor } from '../data/feeds';
import { float16ToFloat32 } from '../onnx/half-float';

/** Datatypes of the protocol by ONNX element types. */
const datatypes: ReadonlyMap<string, string> = new Map([
  ['bool', 'BOOL'],
  ['float16', 'FP16'],
  ['float32', 'FP32'],
  ['float64', 'FP64'],
  ['string', 'BYTES'],
]);

/** The body of an inference request. Integers of any size keep all their digits. */
export function v2Request(feeds: Feeds): string {
  const inputs = Object.entries(feeds).map(([name, tensor]) => {
    const datatype = datatypes.get(tensor.dtype) ?? tensor.dtype.toUpperCase();
    const head = JSON.stringify({ name, datatype, shape: tensor.dims });
    return `${head.slice(0, -1)},"data":[${elementsOf(tensor)}]}`;
  });
  return `{"inputs":[${inputs.join(',')}]}`;
}

function elementsOf({ dtype, data }: FeedTensor): string {
  if (dtype === 'string') return Array.from(data as readonly string[], (text) => JSON.stringify(text)).join(',');
  if (dtype === 'float16') return Array.from(float16ToFloat32(data as Uint16Array), String).join(',');
  if (dtype === 'bool') return Array.from(data as Uint8Array, (bit) => String(bit !== 0)).join(',');
  return Array.from(data as ArrayLike<number | bigint>, String).join(',');
}
