import { streamParts, type FilePart } from '../files/stream-parts';

/** Size after gzip (level 6, what web servers use) of files together, window by window: never all of them in memory. */
export async function gzipSizeBytes(files: readonly FilePart[], checkpoint: () => Promise<void>): Promise<number> {
  const { readable, writable } = new CompressionStream('gzip');
  const writer = writable.getWriter();
  const sizeBytes = countBytes(readable);
  try {
    // A copy: the stream may come to a small window later than `write` says.
    const write = (window: Uint8Array) => writer.write(new Uint8Array(window));
    await streamParts(files, undefined, { write }, { progress: () => undefined, checkpoint });
    await writer.close();
  } catch (error) {
    await Promise.allSettled([writer.abort(), sizeBytes]);
    throw error;
  }
  return sizeBytes;
}

async function countBytes(stream: CompressionStream['readable']): Promise<number> {
  const reader = stream.getReader();
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return sizeBytes;
    sizeBytes += value.byteLength;
  }
}
