/** Fields that `onnx-proto` does not name, in the bytes in which the model keeps them. */
import type { UnknownFields } from '../graph';
import { GrowingBuffer } from './growing-buffer';
import { RecordingReader } from './proto';

/** The wire type of messages and texts. */
export const delimited = 2;

/** The messages (or texts) in the field of that number, in order. Throws `format/damaged` if the bytes are damaged. */
export function* unknownMessages(unknownFields: UnknownFields, field: number): Generator<Uint8Array> {
  if (unknownFields === undefined) return;
  const reader = new RecordingReader(unknownFields);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === field * 8 + delimited) yield reader.bytes();
    else reader.skipType(tag % 8);
  }
}

/** The bytes without the fields of that number; the same where there are none, `undefined` if nothing else is there. */
export function withoutUnknown(unknownFields: UnknownFields, field: number): UnknownFields {
  if (unknownFields === undefined) return undefined;
  const kept = new GrowingBuffer();
  const reader = new RecordingReader(unknownFields);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    reader.skipType(tag % 8);
    if (tag !== field * 8 + delimited) kept.append(unknownFields.subarray(start, reader.pos));
  }
  if (kept.length === unknownFields.length) return unknownFields;
  return kept.length === 0 ? undefined : kept.finish();
}
