/**
 * Zip files: the table of contents at the end is read, the content of an entry only when somebody reads it.
 * The format is PKWARE's APPNOTE.TXT 6.3.10, with Zip64.
 */
import { ParetoError } from '../../../errors';
import type { ByteSource } from '../../../onnx/byte-source';
import type { DataFile, ReadContext } from '../../dataset';
import { listedFolder } from '../listed-folder';
import { readDirectoryPlace } from './zip-directory';
import { ZipEntrySource, type ZipEntry } from './zip-entry-source';

const entryHeaderBytes = 46;
const entrySignature = 0x02014b50;
const windowBytes = 1 << 18;
/** Three 16-bit lengths follow an entry's header. */
const largestEntryBytes = entryHeaderBytes + 3 * 0xffff;
const entriesPerPiece = 4096;
const zip64Marker = 0xffffffff;

/** True for a file that starts or ends as a zip does. Reads 4 bytes. */
export function isZip(source: ByteSource): boolean {
  const start = source.read(0, Math.min(4, source.sizeBytes));
  return (
    start.length === 4 &&
    start[0] === 0x50 &&
    start[1] === 0x4b &&
    ((start[2] === 3 && start[3] === 4) || (start[2] === 5 && start[3] === 6) || (start[2] === 7 && start[3] === 8))
  );
}

/**
 * Lists the files in a zip, in the order of its table of contents, without folders and without what systems leave
 * behind (`__MACOSX`, hidden files). A stored file is a slice of the zip; a deflated one is inflated as far as it is
 * read. Nothing is read but the table of contents.
 *
 * Throws `data/zip-…` for a damaged or split zip. A file that is encrypted or compressed in another way is listed, and
 * throws when it is read. If all files are so, this throws.
 */
export async function openZip(file: DataFile, context: ReadContext): Promise<readonly DataFile[]> {
  return (await openZipWithFolders(file, context)).files;
}

export interface ZipContents {
  readonly files: readonly DataFile[];
  /** Listed folders: those that the table of contents names. Most programs name empty folders, many name all. */
  readonly folders: readonly DataFile[];
}

/** Opens a zip like `openZip`, and also returns the folders. */
export async function openZipWithFolders(file: DataFile, context: ReadContext): Promise<ZipContents> {
  const { entries, folders } = await readEntries(file, context);
  const refusals = entries.map(({ refusal }) => refusal);
  const first = refusals[0];
  if (first !== undefined && !refusals.includes(undefined)) throw first;
  return {
    files: entries.map((entry) => ({ path: entry.path, source: new ZipEntrySource(file, entry) })),
    folders: folders.map(listedFolder),
  };
}

interface ZipEntries {
  readonly entries: readonly ZipEntry[];
  /** The paths of the folders. */
  readonly folders: readonly string[];
}

async function readEntries(file: DataFile, context: ReadContext): Promise<ZipEntries> {
  const place = readDirectoryPlace(file);
  const entries: ZipEntry[] = [];
  const folders: string[] = [];
  let position = place.start;
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = position;
  for (let count = 0; count < place.entries; count++) {
    if (count % entriesPerPiece === 0) await context.checkpoint();
    const missing = position + largestEntryBytes > windowStart + window.length;
    if (missing && windowStart + window.length < place.end) {
      window = file.source.read(position, Math.min(position + windowBytes, place.end));
      windowStart = position;
    }
    const { entry, folder, sizeBytes } = readEntry(file, window.subarray(position - windowStart), place.shift);
    if (entry !== null) entries.push(entry);
    else if (folder !== null) folders.push(folder);
    position += sizeBytes;
  }
  assertApart(file, entries, place.start);
  return { entries, folders };
}

interface ReadEntry {
  /** The file; `null` for a folder and for files that systems leave behind. */
  readonly entry: ZipEntry | null;
  /** The path of a folder; `null` for a file. */
  readonly folder: string | null;
  /** Bytes of the record in the table of contents. */
  readonly sizeBytes: number;
}

function readEntry(file: DataFile, bytes: Uint8Array, shift: number): ReadEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < entryHeaderBytes || view.getUint32(0, true) !== entrySignature) throw damagedDirectory(file);
  const nameEnd = entryHeaderBytes + view.getUint16(28, true);
  const extraEnd = nameEnd + view.getUint16(30, true);
  const sizeBytes = extraEnd + view.getUint16(32, true);
  if (sizeBytes > bytes.length) throw damagedDirectory(file);
  const flags = view.getUint16(8, true);
  const path = cleanPath(entryName(bytes.subarray(entryHeaderBytes, nameEnd)));
  if (path === null || path.endsWith('/')) return { entry: null, folder: path, sizeBytes };
  const sizes = readSizes(view, nameEnd, extraEnd);
  if (sizes === null || sizes.headerStart + shift + sizes.compressedBytes > file.source.sizeBytes) {
    throw new ParetoError(
      'data/zip-damaged',
      `The zip file "${file.path}" is damaged: its entry "${path}" lies outside the file. Download or copy it again.`,
    );
  }
  const entry: ZipEntry = {
    path,
    method: view.getUint16(10, true),
    crc32: view.getUint32(16, true),
    compressedBytes: sizes.compressedBytes,
    sizeBytes: sizes.sizeBytes,
    headerStart: sizes.headerStart + shift,
    refusal: undefined,
  };
  const refusal = ZipEntrySource.refusalOf(file, entry, (flags & 1) !== 0);
  return { entry: { ...entry, refusal }, folder: null, sizeBytes };
}

interface EntrySizes {
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  readonly headerStart: number;
}

/** Sizes and place of an entry. 64-bit ones are in the extra field 0x0001, in this order, each only if it is needed. */
function readSizes(view: DataView, extraStart: number, extraEnd: number): EntrySizes | null {
  const short = [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)];
  if (!short.includes(zip64Marker)) return entrySizes(short);
  for (let at = extraStart; at + 4 <= extraEnd; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(extraEnd, at + 4 + view.getUint16(at + 2, true));
    let position = at + 4;
    const long: number[] = [];
    for (const value of short) {
      if (value !== zip64Marker) long.push(value);
      else if (position + 8 <= end) {
        long.push(Number(view.getBigUint64(position, true)));
        position += 8;
      } else return null;
    }
    return entrySizes(long);
  }
  return entrySizes(short);
}

function entrySizes([sizeBytes, compressedBytes, headerStart]: readonly number[]): EntrySizes {
  return { sizeBytes: sizeBytes!, compressedBytes: compressedBytes!, headerStart: headerStart! };
}

/** Names are usually UTF-8, whatever the flag says. If they are not, each byte is one character. */
function entryName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  }
}

/** A path with forward slashes that leads nowhere else, a folder's with one at its end; `null` for what nobody means as data. */
function cleanPath(name: string): string | null {
  const parts = name
    .replaceAll('\\', '/')
    .split('/')
    .filter((part, at, all) => at === all.length - 1 || (part !== '' && part !== '.' && part !== '..'));
  const path = parts.join('/');
  if (path === '' || parts.some((part) => part === '__MACOSX' || part.startsWith('.'))) return null;
  return path;
}

/** Entries that share bytes are how a small file unpacks to petabytes; no honest program writes them. */
function assertApart(file: DataFile, entries: readonly ZipEntry[], directoryStart: number): void {
  const sorted = entries.toSorted((a, b) => a.headerStart - b.headerStart);
  for (const [at, entry] of sorted.entries()) {
    const next = sorted[at + 1]?.headerStart ?? directoryStart;
    if (entry.headerStart + entry.compressedBytes > next) {
      throw new ParetoError(
        'data/zip-damaged',
        `The zip file "${file.path}" is damaged: its entry "${entry.path}" overlaps what follows it. Make the zip file again.`,
      );
    }
  }
}

function damagedDirectory(file: DataFile): ParetoError {
  return new ParetoError(
    'data/zip-damaged',
    `The zip file "${file.path}" is damaged: its table of contents cannot be read. Download or copy it again.`,
  );
}
