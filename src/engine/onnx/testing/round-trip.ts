/** Decode and encode without change, as seen by an independent decoder. */
import { createRegistry, equals, fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { MemorySource } from '../byte-source';
import { decodeModel } from '../codec/decode';
import { encodeModel, joinParts } from '../codec/encode';

export function reencode(file: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinParts(encodeModel(decodeModel(new MemorySource(file))));
}

/** True when two files hold equal models: every field, known to `onnx-buf` or not, present in both or in neither. */
export function sameModel(a: Uint8Array, b: Uint8Array): boolean {
  const [first, second] = [fromBinary(ModelProtoSchema, a), fromBinary(ModelProtoSchema, b)];
  return equals(ModelProtoSchema, first, second, { unknown: true, registry: createRegistry() });
}
