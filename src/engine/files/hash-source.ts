import type { ByteSource } from '../onnx/byte-source';
import { createSha256, type IncrementalHash } from './sha256';
import { streamParts } from './stream-parts';

export interface HashContext {
  checkpoint(): Promise<void>;
  /** Default: the portable SHA-256. */
  createHash?(): IncrementalHash;
}

/** SHA-256 of a whole file as 64 hexadecimal digits. `onProgress` gets the bytes done. */
export async function hashSource(
  source: ByteSource,
  host: HashContext,
  onProgress: (doneBytes: number) => void = () => undefined,
): Promise<string> {
  const hash = (host.createHash ?? createSha256)();
  await streamParts([source], hash, undefined, { progress: onProgress, checkpoint: () => host.checkpoint() });
  return hash.digestHex();
}
