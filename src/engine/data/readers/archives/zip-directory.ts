/** Finds the table of contents of a zip from the record at the end of the file. */
import { ParetoError } from '../../../errors';
import type { DataFile } from '../../dataset';

export interface DirectoryPlace {
  readonly start: number;
  readonly end: number;
  readonly entries: number;
  /** The number to add to the offsets that the zip states: other bytes may come before it, as in a self-extracting one. */
  readonly shift: number;
}

const endRecordBytes = 22;
const endSignature = 0x06054b50;
const zip64LocatorBytes = 20;
const zip64LocatorSignature = 0x07064b50;
const zip64EndBytes = 56;
const zip64EndSignature = 0x06064b50;
const longestCommentBytes = 0xffff;
const smallestEntryBytes = 46;
/** Two million files with paths of a hundred characters. */
const largestDirectoryBytes = 2 ** 28;

/** Reads the record at the end of a zip. Throws `data/zip-damaged`, `data/zip-split` or `data/too-large`. */
export function readDirectoryPlace(file: DataFile): DirectoryPlace {
  const { source } = file;
  const tailStart = Math.max(0, source.sizeBytes - endRecordBytes - longestCommentBytes);
  const tail = source.read(tailStart, source.sizeBytes);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const at = findEndRecord(view);
  if (at === null) {
    throw new ParetoError(
      'data/zip-damaged',
      `The zip file "${file.path}" is cut short: its table of contents, which stands at the end, is missing. Download or copy it again.`,
    );
  }
  const place =
    readZip64Place(file, tailStart + at) ??
    placed(file, tailStart + at, {
      disks: [view.getUint16(at + 4, true), view.getUint16(at + 6, true)],
      entries: view.getUint16(at + 10, true),
      sizeBytes: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    });
  return place;
}

function findEndRecord(view: DataView): number | null {
  for (let at = view.byteLength - endRecordBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    if (at + endRecordBytes + view.getUint16(at + 20, true) <= view.byteLength) return at;
  }
  return null;
}

function readZip64Place(file: DataFile, endRecordStart: number): DirectoryPlace | null {
  const locatorStart = endRecordStart - zip64LocatorBytes;
  if (locatorStart < zip64EndBytes) return null;
  const locator = viewOf(file, locatorStart, zip64LocatorBytes);
  if (locator.getUint32(0, true) !== zip64LocatorSignature) return null;
  // If other bytes come before the zip, the stated offset is wrong, but the record still ends at the locator.
  for (const start of [Number(locator.getBigUint64(8, true)), locatorStart - zip64EndBytes]) {
    if (start > locatorStart - zip64EndBytes) continue;
    const record = viewOf(file, start, zip64EndBytes);
    if (record.getUint32(0, true) !== zip64EndSignature) continue;
    return placed(file, start, {
      disks: [record.getUint32(16, true), record.getUint32(20, true)],
      entries: Number(record.getBigUint64(32, true)),
      sizeBytes: Number(record.getBigUint64(40, true)),
      start: Number(record.getBigUint64(48, true)),
    });
  }
  return null;
}

interface StatedPlace {
  readonly disks: readonly number[];
  readonly entries: number;
  readonly sizeBytes: number;
  readonly start: number;
}

function placed(file: DataFile, end: number, stated: StatedPlace): DirectoryPlace {
  if (stated.disks.some((disk) => disk !== 0)) {
    throw new ParetoError(
      'data/zip-split',
      `"${file.path}" is one part of a zip file that was split. Join the parts ("zip -s 0 parts.zip --out whole.zip") and open the whole.`,
    );
  }
  const start = end - stated.sizeBytes;
  const shift = start - stated.start;
  if (start < 0 || shift < 0 || stated.entries * smallestEntryBytes > stated.sizeBytes) {
    throw new ParetoError(
      'data/zip-damaged',
      `The zip file "${file.path}" is damaged: its table of contents is not where its end says. Download or copy it again.`,
    );
  }
  if (stated.sizeBytes > largestDirectoryBytes) {
    throw new ParetoError(
      'data/too-large',
      `The zip file "${file.path}" holds too many files. Unpack it and open the folder.`,
    );
  }
  return { start, end, entries: stated.entries, shift };
}

function viewOf(file: DataFile, start: number, sizeBytes: number): DataView {
  const bytes = file.source.read(start, start + sizeBytes);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
