/**
 * Decodes and encodes, for tests, each file that it receives, in a worker, and answers with a Blob of the result's
 * parts.
 */
import { decodeModel } from '../../engine/onnx/codec/decode';
import { encodeModel } from '../../engine/onnx/codec/encode';
import { streamParts } from '../../engine/files/stream-parts';
import { BlobSink } from '../models/blob-sink';
import { BlobSource } from '../files/blob-source';

async function roundTrip(file: Blob) {
  const { parts } = encodeModel(decodeModel(new BlobSource(file, 'model.onnx')));
  const sink = new BlobSink();
  await streamParts(parts, undefined, sink, { progress: () => undefined, checkpoint: async () => undefined });
  return { blob: sink.toBlob(), slices: parts.filter((part) => part instanceof BlobSource).length };
}

self.addEventListener('message', (event: MessageEvent<Blob>) => {
  roundTrip(event.data).then(
    (answer) => self.postMessage(answer),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
});
