/** One Parquet file: its footer, and the values of some columns of one row group at a time. */
import { parquetMetadata, parquetRead, parquetSchema, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { ParetoError, isParetoError } from '../../../errors';
import type { DataFile } from '../../dataset';
import { assertCodec, checkPages, compressors, tooLarge } from './parquet-pages';
import type { ParquetColumn } from './parquet-column';
import { ThriftReader } from './thrift-compact';

export type ParquetSchema = ReturnType<typeof parquetSchema>;

const magic = [0x50, 0x41, 0x52, 0x31];
const trailerBytes = 8;
const largestFooterBytes = 1 << 26;
const largestGroupRows = 2 ** 26;
/** Compressed columns of a row group, which are in memory together. */
const largestGroupBytes = 2 ** 29;

/** True for a file that starts as Parquet does. */
export function isParquet({ source }: DataFile): boolean {
  const start = source.read(0, Math.min(magic.length, source.sizeBytes));
  return start.length === magic.length && magic.every((byte, at) => start[at] === byte);
}

export interface RowGroupRows {
  /** Rows of the file before this group. */
  readonly start: number;
  readonly rows: number;
}

/** A row group among those of several files. */
export interface RowGroup {
  readonly file: ParquetFile;
  readonly path: string;
  readonly group: number;
  /** The first of its samples. */
  readonly start: number;
  readonly rows: number;
}

export class ParquetFile {
  readonly #file: DataFile;
  readonly #metadata: FileMetaData;
  readonly schema: ParquetSchema;
  readonly groups: readonly RowGroupRows[];

  /** Reads the footer. Throws `data/damaged` or `data/too-large`. */
  constructor(file: DataFile) {
    this.#file = file;
    try {
      this.#metadata = readFooter(file);
      this.schema = parquetSchema(this.#metadata);
      if (!this.#metadata.schema.every(({ name }) => typeof name === 'string')) throw new TypeError('No name.');
      this.groups = this.#rowGroups(file);
    } catch (error) {
      throw damaged(file, 'its table of contents cannot be read', error);
    }
  }

  #rowGroups(file: DataFile): readonly RowGroupRows[] {
    let start = 0;
    return this.#metadata.row_groups.map(({ num_rows: count, columns }) => {
      const rows = Number(count);
      // A column has at least one entry per row, null or not.
      const fits = columns.every(({ meta_data: about }) => about === undefined || Number(about.num_values) >= rows);
      if (!(rows >= 0 && rows <= largestGroupRows && fits))
        throw damaged(file, 'a row group states an impossible number of rows');
      start += rows;
      return { start: start - rows, rows };
    });
  }

  get huggingFace(): string | undefined {
    return this.#metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  }

  /** Uncompressed size of some columns in a row group. Throws like `readGroup` for what its metadata rules out. */
  sizeBytes(group: number, columns: readonly ParquetColumn[]): number {
    try {
      return this.#chunks(group, columns).reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  /**
   * Reads rows `start` to `end` (counted within the group) of some columns of a row group, by column name. Values are
   * those of hyparquet. Throws a ParetoError for damaged and for unsupported files.
   */
  async readGroup(
    group: number,
    columns: readonly ParquetColumn[],
    start: number,
    end: number,
  ): Promise<ReadonlyMap<string, (row: number) => unknown>> {
    const { start: groupStart } = this.groups[group]!;
    const pieces = new Map<string, Piece[]>();
    try {
      this.#check(group, columns);
      await parquetRead({
        file: asyncBuffer(this.#file),
        metadata: this.#metadata,
        columns: columns.map(({ field }) => field.name),
        rowStart: groupStart + start,
        rowEnd: groupStart + end,
        compressors,
        utf8: false,
        geoparquet: false,
        onChunk: ({ columnName, columnData, rowStart }) => {
          const list = pieces.get(columnName) ?? [];
          list.push({ start: rowStart - groupStart, values: columnData });
          pieces.set(columnName, list);
        },
      });
    } catch (error) {
      throw this.#refusal(error);
    }
    return new Map([...pieces].map(([name, list]) => [name, valueReader(list)]));
  }

  /** Adds the name of the file, which errors of lower layers do not know. */
  #refusal(error: unknown): ParetoError {
    if (isParetoError(error) && error.code !== 'source/unreadable') {
      return new ParetoError(error.code, `"${this.#file.path}" cannot be read here. ${error.message}`);
    }
    return damaged(this.#file, 'a row group cannot be decoded', error);
  }

  #check(group: number, columns: readonly ParquetColumn[]): void {
    const chunks = this.#chunks(group, columns);
    if (chunks.reduce((sum, { start, end }) => sum + end - start, 0) > largestGroupBytes) throw tooLarge();
    for (const { start, end, codec, levels, isBoolean } of chunks) {
      const bytes = this.#file.source.read(start, end);
      if (bytes.length !== end - start) throw new RangeError('A column ends behind the file.');
      checkPages({ bytes, codec, levels, isBoolean });
    }
  }

  #chunks(group: number, columns: readonly ParquetColumn[]) {
    const leaves = new Map(columns.flatMap((column) => [...column.leaves]));
    return this.#metadata.row_groups[group]!.columns.flatMap((chunk) => {
      const about = chunk.meta_data;
      const levels = about && leaves.get(about.path_in_schema.join('.'));
      if (about === undefined || levels === undefined) return [];
      if (chunk.crypto_metadata !== undefined || chunk.file_path !== undefined) {
        throw new ParetoError('data/parquet-encrypted', 'It is encrypted, or its columns are in other files.');
      }
      assertCodec(about.codec);
      const start = Number(about.dictionary_page_offset || about.data_page_offset);
      const end = start + Number(about.total_compressed_size);
      if (!(start >= 0 && end >= start && end <= this.#file.source.sizeBytes)) {
        throw new RangeError('A column lies outside the file.');
      }
      const uncompressedBytes = Number(about.total_uncompressed_size);
      return [{ start, end, codec: about.codec, levels, isBoolean: about.type === 'BOOLEAN', uncompressedBytes }];
    });
  }
}

interface Piece {
  readonly start: number;
  readonly values: ArrayLike<unknown>;
}

/** Finds the value of a row in pieces that follow each other; quick where rows do, too. */
function valueReader(pieces: readonly Piece[]): (row: number) => unknown {
  let at = 0;
  return (row) => {
    while (at > 0 && pieces[at]!.start > row) at -= 1;
    while (at + 1 < pieces.length && pieces[at + 1]!.start <= row) at += 1;
    const piece = pieces[at]!;
    return piece.values[row - piece.start];
  };
}

function readFooter(file: DataFile): FileMetaData {
  const { path, source } = file;
  const trailer = source.read(Math.max(0, source.sizeBytes - trailerBytes), source.sizeBytes);
  if (trailer.length < trailerBytes || magic.some((byte, at) => trailer[4 + at] !== byte)) {
    throw damaged(file, 'it is cut short');
  }
  const footerBytes = new DataView(trailer.buffer, trailer.byteOffset).getUint32(0, true);
  if (footerBytes > largestFooterBytes) {
    throw new ParetoError(
      'data/too-large',
      `"${path}" has a table of contents of ${footerBytes} bytes, which is too large.`,
    );
  }
  if (footerBytes + trailerBytes > source.sizeBytes) throw new RangeError('The footer is longer than the file.');
  const footer = new Uint8Array(source.read(source.sizeBytes - trailerBytes - footerBytes, source.sizeBytes));
  // hyparquet allocates lists of any length that the file claims.
  new ThriftReader(footer.subarray(0, footerBytes), 0).struct();
  return parquetMetadata(footer, { geoparquet: false });
}

function asyncBuffer({ source }: DataFile): AsyncBuffer {
  return {
    byteLength: source.sizeBytes,
    // A copy: what is read may be a view of a larger memory.
    slice: (start, end) => new Uint8Array(source.read(start, end ?? source.sizeBytes)).buffer,
  };
}

function damaged({ path }: DataFile, what: string, cause?: unknown): ParetoError {
  if (isParetoError(cause)) return cause;
  return new ParetoError('data/damaged', `"${path}" is damaged: ${what}. Download or copy it again.`, { cause });
}
