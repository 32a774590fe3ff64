import type { ByteSource } from '../onnx/byte-source';

const magic = [0x47, 0x47, 0x55, 0x46];
export const magicBytes = magic.length;

/** True for a file that starts as GGUF does. Its reader is larger, and few files need it. */
export function isGguf(source: ByteSource): boolean {
  return source.sizeBytes >= magicBytes && source.read(0, magicBytes).every((byte, at) => byte === magic[at]);
}
