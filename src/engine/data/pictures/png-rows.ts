import { Unzlib } from 'fflate';
import { isParetoError } from '../../errors';
import { damagedPicture, truncatedPicture } from './picture-errors';

/** Small enough that even the densest piece unpacks to 16 MB: a picture that unpacks to more than it says ends there. */
const pieceBytes = 16_384;
/** Deflate's limit: 258 bytes for two bits. */
const densestRatio = 1032;

/** Rows that lie one after the other in the stream: the picture, or one pass of an interlaced one. */
export interface RowGroup {
  readonly rows: number;
  /** Bytes of a row, without the byte that names its filter. */
  readonly rowBytes: number;
}

/**
 * Unpacks the rows of a PNG and undoes their filters (PNG specification, section 9). Calls `receive` with each row;
 * the row is only valid during the call. Never holds more than a few pieces and two rows.
 * `pixelBytes`: distance to the byte that a filter calls left, at least 1.
 */
export function readPngRows(
  compressed: readonly Uint8Array[],
  groups: readonly RowGroup[],
  pixelBytes: number,
  receive: (group: number, row: number, bytes: Uint8Array) => void,
): void {
  const compressedBytes = compressed.reduce((sum, piece) => sum + piece.length, 0);
  const unpackedBytes = groups.reduce((sum, { rows, rowBytes }) => sum + rows * (rowBytes + 1), 0);
  if (compressedBytes * densestRatio < unpackedBytes) throw truncatedPicture('PNG');
  const assembler = new RowAssembler(groups, pixelBytes, receive);
  const stream = new Unzlib((unpacked) => assembler.push(unpacked));
  for (const chunk of compressed) {
    for (let start = 0; start < chunk.length && !assembler.complete; start += pieceBytes) {
      unpack(stream, chunk.subarray(start, start + pieceBytes));
    }
  }
  if (!assembler.complete) throw truncatedPicture('PNG');
}

function unpack(stream: Unzlib, piece: Uint8Array): void {
  try {
    stream.push(piece);
  } catch (error) {
    if (isParetoError(error)) throw error;
    throw damagedPicture('PNG', 'its pixels cannot be decompressed', error);
  }
}

class RowAssembler {
  #group = -1;
  #row = 0;
  #filled = 0;
  /** The filter byte and the row behind it; and the row above. */
  #current = new Uint8Array(0);
  #above = new Uint8Array(0);

  constructor(
    private readonly groups: readonly RowGroup[],
    private readonly pixelBytes: number,
    private readonly receive: (group: number, row: number, bytes: Uint8Array) => void,
  ) {
    this.#nextGroup();
  }

  get complete(): boolean {
    return this.#group >= this.groups.length;
  }

  push(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length && !this.complete;) {
      const count = Math.min(bytes.length - start, this.#current.length - this.#filled);
      this.#current.set(bytes.subarray(start, start + count), this.#filled);
      this.#filled += count;
      start += count;
      if (this.#filled === this.#current.length) this.#finishRow();
    }
  }

  #finishRow(): void {
    const row = this.#current.subarray(1);
    undoFilter(this.#current[0]!, row, this.#above.subarray(1), this.pixelBytes);
    this.receive(this.#group, this.#row, row);
    [this.#current, this.#above] = [this.#above, this.#current];
    this.#filled = 0;
    this.#row += 1;
    if (this.#row === this.groups[this.#group]!.rows) this.#nextGroup();
  }

  #nextGroup(): void {
    do this.#group += 1;
    while (!this.complete && (this.groups[this.#group]!.rows === 0 || this.groups[this.#group]!.rowBytes === 0));
    this.#row = 0;
    if (this.complete) return;
    this.#current = new Uint8Array(this.groups[this.#group]!.rowBytes + 1);
    this.#above = new Uint8Array(this.#current.length);
  }
}

function undoFilter(filter: number, row: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  const length = row.length;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let index = pixelBytes; index < length; index++) row[index] = row[index]! + row[index - pixelBytes]!;
      return;
    case 2:
      for (let index = 0; index < length; index++) row[index] = row[index]! + above[index]!;
      return;
    case 3:
      for (let index = 0; index < length; index++) {
        const left = index < pixelBytes ? 0 : row[index - pixelBytes]!;
        row[index] = row[index]! + ((left + above[index]!) >> 1);
      }
      return;
    case 4:
      undoPaeth(row, above, pixelBytes);
      return;
    default:
      throw damagedPicture('PNG', `a row has the filter ${filter}, which PNG does not define`);
  }
}

/** Reads channel by channel, because the values to the left and above are then still in memory. */
function undoPaeth(row: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  for (let first = 0; first < pixelBytes; first++) {
    let left = 0;
    let corner = 0;
    for (let index = first; index < row.length; index += pixelBytes) {
      const up = above[index]!;
      const toLeft = Math.abs(up - corner);
      const toUp = Math.abs(left - corner);
      const toCorner = Math.abs(left + up - 2 * corner);
      const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
      left = (row[index]! + nearest) & 0xff;
      row[index] = left;
      corner = up;
    }
  }
}
