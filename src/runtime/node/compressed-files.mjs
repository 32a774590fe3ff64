/** Files as they go over the wire: compressed once, when they are first asked for, and kept in memory. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** @typedef {'br' | 'gzip'} Encoding */

const compressible = /^(text\/|application\/(json|wasm|manifest\+json)|image\/svg)/;
/** Below it, one more header costs more than compression saves. Above it, compressing takes longer than sending. */
const leastBytes = 1_000;
const mostBytes = 64_000_000;
/** Limit for all files in memory together. */
const mostKeptBytes = 128_000_000;

/** @type {Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Buffer>>>} */
const compressors = {
  // 5 of 11: a fifth of the size, for a third of a second with a runtime of 14 MB.
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (bytes) => promisify(gzip)(bytes),
};

/**
 * The encoding for an answer, or null to send the file as it is.
 * @param {string} acceptEncoding  of the request
 * @param {string} mediaType
 * @param {number} sizeBytes
 * @returns {Encoding | null}
 */
export function chooseEncoding(acceptEncoding, mediaType, sizeBytes) {
  if (!compressible.test(mediaType) || sizeBytes < leastBytes || sizeBytes > mostBytes) return null;
  const accepted = acceptEncoding.split(',').flatMap((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) ? [] : [name];
  });
  if (accepted.includes('br')) return 'br';
  return accepted.includes('gzip') ? 'gzip' : null;
}

export class CompressedFiles {
  /** @type {Map<string, Promise<Buffer>>} */
  #kept = new Map();
  #keptBytes = 0;

  /**
   * @param {string} file
   * @param {string} version  changes with the content
   * @param {Encoding} encoding
   * @returns {Promise<Buffer>}
   */
  async read(file, version, encoding) {
    const key = `${encoding} ${version} ${file}`;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const bytes = readFile(file).then(compressors[encoding]);
    this.#kept.set(key, bytes);
    try {
      this.#keptBytes += (await bytes).length;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
    if (this.#keptBytes > mostKeptBytes) {
      this.#kept.clear();
      this.#keptBytes = 0;
    }
    return bytes;
  }
}
