/** Bytes of files as a web server sends them. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress } from 'node:zlib';
import type { ByteSource } from '../../engine/onnx/byte-source';
import type { TransferBytes } from '../../engine/profiling/page-download';
import { gzipSizeBytes } from '../../engine/recipe/gzip-size';
import type { RecipeHost } from '../../engine/recipe/recipe-host';

/** Larger models are compressed on request only, because that takes long. */
export const alwaysCompressedBytes = 100_000_000;

export interface FilesToSend {
  readonly paths: readonly string[];
  /** The same files. */
  readonly sources: readonly ByteSource[];
}

/** The highest quality would take minutes for a large model. */
const brotliQuality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

export type Compression = 'none' | 'gzip' | 'gzip and brotli';

/** Sums the sizes of the files. The levels are usual for servers that compress each response: 6 for gzip, 5 for Brotli. */
export async function transferBytes(
  { paths, sources }: FilesToSend,
  compression: Compression,
  { signal, checkpoint }: Pick<RecipeHost, 'signal' | 'checkpoint'>,
): Promise<TransferBytes> {
  return {
    plain: sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    gzip: compression === 'none' ? null : await gzipSizeBytes(sources, checkpoint),
    brotli: compression === 'gzip and brotli' ? await brotliSizeBytes(paths, signal) : null,
  };
}

async function brotliSizeBytes(paths: readonly string[], signal: AbortSignal): Promise<number> {
  const sizes = paths.map(async (path) => {
    let size = 0;
    const count = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
      for await (const piece of pieces) size += piece.length;
    };
    await pipeline(createReadStream(path), createBrotliCompress(brotliQuality), count, { signal });
    return size;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
