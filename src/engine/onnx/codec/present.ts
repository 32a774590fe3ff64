import type { UnknownFields } from '../graph';
import type { Kept } from './proto';

/** A field's value when the file has it; onnx-proto's prototypes answer with defaults otherwise. */
export function present<M extends object, K extends keyof M>(message: M, key: K): NonNullable<M[K]> | undefined {
  return Object.hasOwn(message, key) ? (message[key] ?? undefined) : undefined;
}

/** The bytes of fields that onnx-proto does not know, recorded on the way in. */
export function unknownOf(message: object): UnknownFields {
  return (message as Kept).unknownFields;
}
