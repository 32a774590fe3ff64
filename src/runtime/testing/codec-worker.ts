/** For tests: decodes and encodes each file that it is sent, in a worker, and answers with a Blob of the result's parts. */
import { decodeModel } from '../../engine/onnx/codec/decode';
import { encodeModel } from '../../engine/onnx/codec/encode';
import { BlobSource, blobOfParts } from '../blob-source';

self.addEventListener('message', (event: MessageEvent<Blob>) => {
  try {
    const { parts } = encodeModel(decodeModel(new BlobSource(event.data, 'model.onnx')));
    self.postMessage({ blob: blobOfParts(parts), slices: parts.filter((part) => part instanceof BlobSource).length });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
});
