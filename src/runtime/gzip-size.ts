const windowBytes = 1 << 22;

/** Size after gzip of blobs in order, streamed: never more than one window in memory. */
export async function gzipSizeBytes(blobs: readonly Blob[], checkpoint: () => Promise<void>): Promise<number> {
  const gzip = new CompressionStream('gzip');
  const writer = gzip.writable.getWriter();
  const reader = gzip.readable.getReader();
  const counted = countBytes(reader);
  try {
    for (const blob of blobs) {
      for (let start = 0; start < blob.size; start += windowBytes) {
        await writer.write(new Uint8Array(await blob.slice(start, start + windowBytes).arrayBuffer()));
        await checkpoint();
      }
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    await counted.catch(() => undefined);
    throw error;
  }
  return counted;
}

async function countBytes(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return sizeBytes;
    sizeBytes += value.byteLength;
  }
}
