import { ParetoError } from '../../../errors';
import type { ByteSource } from '../../../onnx/byte-source';
import type { DataFile, ReadContext } from '../../dataset';
import { crc32 } from '../../../files/crc32';
import {
  damaged,
  fingerprintedSource,
  InflatedSource,
  largestDeflateRatio,
  reopenedSource,
  seekSource,
  type StreamedSource,
} from './inflated-source';

export interface ZipEntry {
  readonly path: string;
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  /** The offset of its local header in the file. */
  readonly headerStart: number;
  /** The reason why it cannot be read. */
  readonly refusal: ParetoError | undefined;
}

const localHeaderBytes = 30;
const localSignature = 0x04034b50;
const stored = 0;
const deflated = 8;
const methodNames: Readonly<Record<number, string>> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
};

/** The content of one entry of a zip, found when it is first read. */
export class ZipEntrySource implements StreamedSource {
  readonly #file: DataFile;
  readonly #entry: ZipEntry;
  #content: ByteSource | undefined;
  #checked = false;

  constructor(file: DataFile, entry: ZipEntry, content?: ByteSource) {
    this.#file = file;
    this.#entry = entry;
    this.#content = content;
  }

  /** Returns the reason why an entry cannot be read, if there is one. */
  static refusalOf(file: DataFile, entry: ZipEntry, encrypted: boolean): ParetoError | undefined {
    const title = titleOf(file, entry);
    if (encrypted) {
      return new ParetoError(
        'data/zip-encrypted',
        `${title} is password-protected. Unpack the zip file with its password and open its contents.`,
      );
    }
    if (entry.method !== stored && entry.method !== deflated) {
      const method = methodNames[entry.method] ?? `method ${entry.method}`;
      return new ParetoError(
        'data/zip-compression',
        `${title} is compressed with ${method}, which is not supported. Unpack the zip file and open its contents.`,
      );
    }
    const lies =
      entry.method === stored
        ? entry.sizeBytes !== entry.compressedBytes
        : entry.sizeBytes > entry.compressedBytes * largestDeflateRatio;
    return lies ? damaged(title, 'its stated sizes are impossible') : undefined;
  }

  get sizeBytes(): number {
    return this.#entry.sizeBytes;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const bytes = this.#open().read(start, end);
    // Inflated content is checked while it is inflated.
    if (this.#entry.method === stored && !this.#checked && start <= 0 && bytes.length === this.sizeBytes) {
      if (crc32(bytes) !== this.#entry.crc32) throw damaged(this.#title, 'its checksum does not match its content');
      this.#checked = true;
    }
    return bytes;
  }

  slice(start: number, end: number): ByteSource {
    return this.#open().slice(start, end);
  }

  reopened(): ByteSource {
    // The entry is reopened instead of its content alone, because stored bytes are checked here.
    return new ZipEntrySource(this.#file, this.#entry, reopenedSource(this.#open()));
  }

  fingerprinted(): ByteSource {
    const content = this.#open();
    return this.#entry.method === stored ? this.reopened() : fingerprintedSource(content);
  }

  seek(position: number, context: ReadContext): Promise<void> {
    return seekSource(this.#open(), position, context);
  }

  get #title(): string {
    return titleOf(this.#file, this.#entry);
  }

  #open(): ByteSource {
    if (this.#entry.refusal !== undefined) throw this.#entry.refusal;
    this.#content ??= this.#locate();
    return this.#content;
  }

  #locate(): ByteSource {
    const { headerStart, compressedBytes, sizeBytes, method } = this.#entry;
    const { source } = this.#file;
    const header = source.read(headerStart, headerStart + localHeaderBytes);
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    if (header.length < localHeaderBytes || view.getUint32(0, true) !== localSignature) {
      throw damaged(this.#title, 'it does not start where the table of contents says');
    }
    const start = headerStart + localHeaderBytes + view.getUint16(26, true) + view.getUint16(28, true);
    const end = start + compressedBytes;
    if (end > source.sizeBytes) throw damaged(this.#title, 'it lies outside the file');
    const content = source.slice(start, end);
    if (method === stored) return content;
    return new InflatedSource({ compressed: content, sizeBytes, crc32: this.#entry.crc32, title: this.#title });
  }
}

function titleOf(file: DataFile, entry: Pick<ZipEntry, 'path'>): string {
  return `"${entry.path}" in "${file.path}"`;
}
