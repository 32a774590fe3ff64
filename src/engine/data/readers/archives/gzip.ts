/** Files compressed with gzip (RFC 1952). */
import { ParetoError } from '../../../errors';
import type { DataFile } from '../../dataset';
import { InflatedSource, largestDeflateRatio } from './inflated-source';

const headerBytes = 10;
const trailerBytes = 8;
/** Extra field, name and comment come before the content. No program writes long ones. */
const largestHeaderBytes = 1 << 17;
const flag = { checksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/** True for a file that starts as a gzip does. */
export function isGzip(file: DataFile): boolean {
  const start = file.source.read(0, Math.min(3, file.source.sizeBytes));
  return start.length === 3 && start[0] === 0x1f && start[1] === 0x8b && start[2] === 8;
}

/**
 * Opens the file in a gzip, without `.gz` in its name. It is inflated as far as it is read. Its size is the one at the
 * end of the gzip, which holds for one file of less than 4 GB. Other files, and damaged ones, are refused while they
 * are read.
 */
export function openGzip(file: DataFile): DataFile {
  const { source, path } = file;
  const start = source.read(0, Math.min(largestHeaderBytes, source.sizeBytes));
  const contentStart = findContent(start);
  if (contentStart === null || contentStart + trailerBytes > source.sizeBytes) {
    throw new ParetoError(
      'data/damaged',
      `"${path}" is cut short or damaged within its gzip header. Download it again.`,
    );
  }
  const contentEnd = source.sizeBytes - trailerBytes;
  const trailer = source.read(contentEnd, source.sizeBytes);
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  const sizeBytes = view.getUint32(4, true);
  if (sizeBytes > (contentEnd - contentStart) * largestDeflateRatio) {
    throw new ParetoError(
      'data/damaged',
      `"${path}" is cut short or damaged: the size at its end cannot be true. Download it again.`,
    );
  }
  const compressed = source.slice(contentStart, contentEnd);
  const content = { compressed, sizeBytes, crc32: view.getUint32(0, true), title: `"${path}"` };
  return { path: path.replace(/\.gz$/i, ''), source: new InflatedSource(content) };
}

function findContent(start: Uint8Array): number | null {
  const flags = start[3] ?? flag.reserved;
  if (start.length < headerBytes || (flags & flag.reserved) !== 0) return null;
  let at = headerBytes;
  if (flags & flag.extra) at += 2 + (start[at] ?? 0) + 256 * (start[at + 1] ?? 0);
  for (const text of [flag.name, flag.comment]) {
    if ((flags & text) === 0) continue;
    const end = start.indexOf(0, at);
    if (end === -1) return null;
    at = end + 1;
  }
  if (flags & flag.checksum) at += 2;
  return at <= start.length ? at : null;
}
