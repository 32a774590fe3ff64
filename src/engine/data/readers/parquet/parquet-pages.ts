/**
 * Checks the pages of a column of a Parquet file before hyparquet decodes them. hyparquet trusts sizes, counts and the
 * lengths of runs, so a few damaged bytes could fill the memory or make it run forever. Pages are therefore
 * decompressed twice, which costs little if they hold pictures.
 */
import { decompress as decompressZstd } from 'fzstd';
import { gunzipSync } from 'fflate';
import { snappyUncompress, type Compressors } from 'hyparquet';
import { ParetoError } from '../../../errors';
import { ThriftReader, type ThriftStruct } from './thrift-compact';

export interface ColumnLevels {
  readonly definition: number;
  readonly repetition: number;
}

export interface ColumnPages {
  /** The bytes of the column as they lie in the file. */
  readonly bytes: Uint8Array;
  readonly codec: string;
  readonly levels: ColumnLevels;
  readonly isBoolean: boolean;
}

const dataPage = 0;
const dictionaryPage = 2;
const dataPageV2 = 3;
const plain = 0;
const runs = 3;
const dictionaryEncodings = [2, 8];
const byteStreamSplit = 9;

/** Pages are about 1 MB by default. */
const largestPageBytes = 2 ** 28;
const largestPageValues = 2 ** 24;
/** All pages of a column in a row group. */
const largestColumnBytes = 2 ** 30;
const largestColumnValues = 2 ** 26;
/** Writers pad runs to whole groups. */
const paddingValues = 64;

/** Checks all pages. Throws a RangeError for damage, a ParetoError for what cannot be read here. */
export function checkPages(column: ColumnPages): void {
  let position = 0;
  let values = 0;
  let sizeBytes = 0;
  // hyparquet ends a byte before the end, too.
  while (position < column.bytes.length - 1) {
    const reader = new ThriftReader(column.bytes, position);
    const header = reader.struct();
    const [uncompressedBytes, compressedBytes] = [sizeOf(header, 2), sizeOf(header, 3)];
    position = reader.position + compressedBytes;
    sizeBytes += uncompressedBytes;
    if (position > column.bytes.length) throw new RangeError('A page is longer than its column.');
    const page = column.bytes.subarray(reader.position, position);
    const type = header.get(1);
    if (type === dataPage) values += checkDataPage(column, header, page, uncompressedBytes);
    else if (type === dataPageV2) values += checkDataPageV2(column, header, page, uncompressedBytes);
    else if (type === dictionaryPage) {
      countOf(structOf(header, 7), 1);
      assertPageSize(uncompressedBytes);
    } else throw new RangeError('A page is of an unknown type.');
    if (values > largestColumnValues || sizeBytes > largestColumnBytes) throw tooLarge();
  }
}

/** The refusal of row groups that would not fit in memory. */
export function tooLarge(): ParetoError {
  return new ParetoError(
    'data/too-large',
    'Its row groups are too large to read one at a time. Write it again with smaller ones, for example with "row_group_size=1000".',
  );
}

function checkDataPage(column: ColumnPages, header: ThriftStruct, page: Uint8Array, sizeBytes: number): number {
  const about = structOf(header, 5);
  const count = countOf(about, 1);
  const content = decompress(column.codec, page, sizeBytes);
  let position = 0;
  for (const level of [column.levels.repetition, column.levels.definition]) {
    if (level === 0) continue;
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    const end = position + 4 + view.getUint32(position, true);
    checkRuns(content, position + 4, widthOf(level), count);
    position = end;
  }
  checkValues(column, about.get(2), content, position, count);
  return count;
}

function checkDataPageV2(column: ColumnPages, header: ThriftStruct, page: Uint8Array, sizeBytes: number): number {
  const about = structOf(header, 8);
  const count = countOf(about, 1);
  const [nulls, rows] = [countOf(about, 2), countOf(about, 3)];
  const [definitionBytes, repetitionBytes] = [sizeOf(about, 5), sizeOf(about, 6)];
  const levelBytes = definitionBytes + repetitionBytes;
  if (nulls > count || rows > count || levelBytes > page.length || levelBytes > sizeBytes) {
    throw new RangeError('The counts of a page do not match.');
  }
  if (column.levels.repetition > 0) checkRuns(page, 0, widthOf(column.levels.repetition), count);
  if (column.levels.definition > 0) checkRuns(page, repetitionBytes, widthOf(column.levels.definition), count);
  const values = page.subarray(levelBytes);
  const content = about.get(7) === false ? values : decompress(column.codec, values, sizeBytes - levelBytes);
  checkValues(column, about.get(4), content, 0, count);
  return count;
}

function checkValues(
  { isBoolean }: ColumnPages,
  encoding: unknown,
  content: Uint8Array,
  start: number,
  count: number,
): void {
  if (encoding === plain || encoding === byteStreamSplit) return;
  if (encoding === runs && isBoolean) {
    // A length of four bytes comes first.
    checkRuns(content, start + 4, 1, count);
    return;
  }
  if (!dictionaryEncodings.includes(Number(encoding))) {
    throw new ParetoError(
      'data/parquet-encoding',
      'It uses an unsupported encoding (perhaps delta encoding). Write it again with plain or dictionary encoding.',
    );
  }
  const width = content[start];
  // A page of nulls only may have no values at all.
  if (width === undefined) return;
  if (width > 32) throw new RangeError('Numbers of a dictionary are too wide.');
  if (width > 0) checkRuns(content, start + 1, width, count);
}

/** Walks the runs of Parquet's hybrid of run lengths and packed bits; none may hold more than what is left to fill. */
function checkRuns(bytes: Uint8Array, start: number, width: number, count: number): void {
  let position = start;
  let seen = 0;
  while (seen < count && position < bytes.length) {
    let header = 0;
    let scale = 1;
    for (let byte = 0x80; byte >= 0x80; scale *= 128) {
      byte = bytes[position++] ?? 0;
      header += (byte & 0x7f) * scale;
      if (scale > 2 ** 28) throw new RangeError('The length of a run is too long.');
    }
    const isPacked = header % 2 === 1;
    const length = isPacked ? ((header - 1) / 2) * 8 : header / 2;
    if (length > count - seen + paddingValues) throw new RangeError('A run is longer than its page.');
    position += isPacked ? (length * width) / 8 : Math.ceil(width / 8);
    seen += length;
  }
}

/** The decompressors that hyparquet uses for pages. */
export const compressors: Compressors = {
  SNAPPY: (input, sizeBytes) => decompress('SNAPPY', input, sizeBytes),
  GZIP: (input, sizeBytes) => decompress('GZIP', input, sizeBytes),
  ZSTD: (input, sizeBytes) => decompress('ZSTD', input, sizeBytes),
};

/** Throws for a compression that cannot be undone here. */
export function assertCodec(codec: string): void {
  if (codec !== 'UNCOMPRESSED' && !(codec in compressors)) throw unknownCodec(codec);
}

function unknownCodec(codec: string): ParetoError {
  return new ParetoError(
    'data/parquet-compression',
    `It is compressed with ${codec}. Write it again with snappy, zstd or gzip, or uncompressed.`,
  );
}

function assertPageSize(sizeBytes: number): void {
  if (sizeBytes > largestPageBytes) throw new RangeError('A page is larger than 256 MB.');
}

function decompress(codec: string, input: Uint8Array, sizeBytes: number): Uint8Array {
  if (codec === 'UNCOMPRESSED') return input;
  assertPageSize(sizeBytes);
  const output = new Uint8Array(sizeBytes);
  switch (codec) {
    case 'SNAPPY':
      if (sizeBytes > 0 || input.length > 1) snappyUncompress(input, output);
      return output;
    case 'GZIP':
      return gunzipSync(input, { out: output });
    case 'ZSTD':
      return decompressZstd(input, output);
    default:
      throw unknownCodec(codec);
  }
}

function structOf(struct: ThriftStruct, field: number): ThriftStruct {
  const value = struct.get(field);
  if (value instanceof Map) return value as ThriftStruct;
  throw new RangeError('The header of a page lacks a part.');
}

function sizeOf(struct: ThriftStruct, field: number): number {
  const value = struct.get(field);
  if (typeof value === 'number' && value >= 0 && value < 2 ** 31) return value;
  throw new RangeError('The header of a page lacks a size.');
}

function countOf(struct: ThriftStruct, field: number): number {
  const count = sizeOf(struct, field);
  if (count > largestPageValues) throw new RangeError('A page claims too many values.');
  return count;
}

function widthOf(level: number): number {
  return 32 - Math.clz32(level);
}
