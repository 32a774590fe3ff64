import type { ByteSource } from '../onnx/byte-source';
import type { RecipeHost } from './recipe-host';
import { createSha256 } from './sha256';
import { streamParts } from './stream-parts';

/** SHA-256 of a whole file as 64 hexadecimal digits. `onProgress` gets the bytes done. */
export async function hashSource(
  source: ByteSource,
  host: Pick<RecipeHost, 'checkpoint' | 'createHash'>,
  onProgress: (doneBytes: number) => void = () => undefined,
): Promise<string> {
  const hash = (host.createHash ?? createSha256)();
  await streamParts([source], hash, undefined, { progress: onProgress, checkpoint: () => host.checkpoint() });
  return hash.digestHex();
}
