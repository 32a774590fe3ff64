/**
 * A zip archive of uncompressed files (PKWARE APPNOTE 6.3.10, method 0), as headers to put between the files. Nothing
 * is copied. Sizes and offsets over 4 GB are written as Zip64.
 */

export interface ZipEntry {
  /** The path, with `/` between folders. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc32: number;
}

export interface StoredZip {
  /** Bytes that stand before each file, in the order of the entries. */
  readonly headers: readonly Uint8Array<ArrayBuffer>[];
  /** Bytes that stand after the last file. */
  readonly directory: Uint8Array<ArrayBuffer>;
}

/** The largest number of 32 bits: it stands for "see the Zip64 field". */
const inZip64 = 0xffffffff;
const zip64Version = 45;
const plainVersion = 20;
/** Names are UTF-8. */
const flags = 0x0800;
/** 1 January 1980, the first day that a zip can tell: the same files give the same archive. */
const dosDate = 0x0021;
const localHeaderBytes = 30;
const directoryRecordBytes = 46;

/** Archives of up to 65 534 entries. Contents are not seen: their sizes and checksums must be right. */
export function storedZip(entries: readonly ZipEntry[]): StoredZip {
  const headers = entries.map((entry) => localHeader(entry));
  const records: Uint8Array[] = [];
  let offset = 0;
  for (const [index, entry] of entries.entries()) {
    records.push(directoryRecord(entry, offset));
    offset += headers[index]!.length + entry.sizeBytes;
  }
  const sizeBytes = records.reduce((sum, record) => sum + record.length, 0);
  return { headers, directory: join([...records, ...endRecords(entries.length, sizeBytes, offset)]) };
}

function localHeader(entry: ZipEntry): Uint8Array<ArrayBuffer> {
  const large = largeSizes(entry);
  const path = new TextEncoder().encode(entry.name);
  const extra = zip64Field(large);
  const fixed = new FieldWriter(localHeaderBytes).u32(0x04034b50);
  writeCommonFields(fixed, entry, versionFor(large), path, extra);
  return join([fixed.bytes, path, extra]);
}

function directoryRecord(entry: ZipEntry, offset: number): Uint8Array {
  const large = [...largeSizes(entry), ...(offset >= inZip64 ? [offset] : [])];
  const version = versionFor(large);
  const path = new TextEncoder().encode(entry.name);
  const extra = zip64Field(large);
  const fixed = new FieldWriter(directoryRecordBytes).u32(0x02014b50).u16(version);
  writeCommonFields(fixed, entry, version, path, extra);
  // Comment, disk and attributes are empty.
  fixed.skip(10).u32(Math.min(offset, inZip64));
  return join([fixed.bytes, path, extra]);
}

/** Writes the fields that the directory repeats from the header of a file. */
function writeCommonFields(
  to: FieldWriter,
  { sizeBytes, crc32 }: ZipEntry,
  version: number,
  path: Uint8Array,
  extra: Uint8Array,
): void {
  const size = Math.min(sizeBytes, inZip64);
  to.u16(version).u16(flags).u16(0).u16(0).u16(dosDate).u32(crc32);
  to.u32(size).u32(size).u16(path.length).u16(extra.length);
}

/** Compressed and uncompressed size, if 32 bits do not hold them. */
function largeSizes({ sizeBytes }: ZipEntry): readonly number[] {
  return sizeBytes >= inZip64 ? [sizeBytes, sizeBytes] : [];
}

function versionFor(large: readonly number[]): number {
  return large.length > 0 ? zip64Version : plainVersion;
}

/** Returns no bytes if everything fits into 32 bits. */
function zip64Field(values: readonly number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array(0);
  const field = new FieldWriter(4 + values.length * 8).u16(0x0001).u16(values.length * 8);
  for (const value of values) field.u64(value);
  return field.bytes;
}

function endRecords(count: number, sizeBytes: number, offset: number): readonly Uint8Array[] {
  const end = new FieldWriter(22)
    .u32(0x06054b50)
    .skip(4)
    .u16(count)
    .u16(count)
    .u32(sizeBytes)
    .u32(Math.min(offset, inZip64));
  if (offset < inZip64) return [end.bytes];
  const zip64End = new FieldWriter(56)
    .u32(0x06064b50)
    .u64(44)
    .u16(zip64Version)
    .u16(zip64Version)
    .skip(8)
    .u64(count)
    .u64(count)
    .u64(sizeBytes)
    .u64(offset);
  const locator = new FieldWriter(20)
    .u32(0x07064b50)
    .skip(4)
    .u64(offset + sizeBytes)
    .u32(1);
  return [zip64End.bytes, locator.bytes, end.bytes];
}

/** Writes little-endian fields one after the other. Bytes that are not written are zero. */
class FieldWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    return this.skip(2);
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    return this.skip(4);
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    return this.skip(8);
  }

  skip(sizeBytes: number): this {
    this.#at += sizeBytes;
    return this;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
