/** The model in memory → a model file, as parts. */
import { ParetoError } from '../../errors';
import type { ByteSource } from '../byte-source';
import type { Model } from '../graph';
import { PartsWriter, onnx } from './proto';
import { modelToProto } from './to-proto';

/** A file as parts in order. A part that is a ByteSource is a tensor's data as the model holds it: not read, not copied. */
export interface EncodedModel {
  readonly parts: readonly (Uint8Array | ByteSource)[];
  readonly sizeBytes: number;
}

/** protobuf's limit, which every runtime shares. */
export const maxModelFileBytes = 2 ** 31 - 1;

/**
 * Encodes a model as one file. The same model gives the same bytes everywhere. Reads no tensor data over 1 kB.
 * Throws `format/too-large` when the file would pass 2 GB: use `encodeFiles`, which moves data to a second file.
 */
export function encodeModel(model: Model): EncodedModel {
  const encoded = encodeUnbounded(model);
  if (encoded.sizeBytes > maxModelFileBytes) {
    throw new ParetoError(
      'format/too-large',
      'This model is over 2 GB, too large for one ONNX file. Export it with external data.',
    );
  }
  return encoded;
}

function encodeUnbounded(model: Model): EncodedModel {
  const writer = new PartsWriter();
  onnx.ModelProto.encode(modelToProto(model), writer);
  const parts = writer.parts();
  return { parts, sizeBytes: parts.reduce((sum, part) => sum + partSizeBytes(part), 0) };
}

function partSizeBytes(part: Uint8Array | ByteSource): number {
  return part instanceof Uint8Array ? part.byteLength : part.sizeBytes;
}

/**
 * Joins all parts in one piece of memory, and reads every slice. It is meant for small models, tests and runtimes that
 * take bytes.
 */
export function joinParts(encoded: EncodedModel): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(encoded.sizeBytes);
  let at = 0;
  for (const part of encoded.parts) {
    bytes.set(part instanceof Uint8Array ? part : part.read(), at);
    at += partSizeBytes(part);
  }
  return bytes;
}
