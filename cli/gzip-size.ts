import { createGzip } from 'node:zlib';
import type { FilePart } from '../src/engine/recipe/stream-parts';

/** Size after gzip (level 6, what web servers use) of parts in order, window by window. */
export async function gzipSizeBytes(parts: Iterable<FilePart>, checkpoint: () => Promise<void>): Promise<number> {
  const gzip = createGzip();
  let sizeBytes = 0;
  gzip.on('data', (chunk: Buffer) => (sizeBytes += chunk.byteLength));
  const ended = new Promise<void>((resolve, reject) => gzip.once('end', resolve).once('error', reject));
  for (const part of parts) {
    const size = part instanceof Uint8Array ? part.byteLength : part.sizeBytes;
    for (let start = 0; start < size; start += windowBytes) {
      const end = Math.min(size, start + windowBytes);
      const window = part instanceof Uint8Array ? part.subarray(start, end) : part.read(start, end);
      if (!gzip.write(window)) await new Promise((resolve) => gzip.once('drain', resolve));
      await checkpoint();
    }
  }
  gzip.end();
  await ended;
  return sizeBytes;
}

const windowBytes = 1 << 22;
