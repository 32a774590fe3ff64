/** The polynomial of zip, gzip and PNG (IEEE 802.3), bits reversed. */
const polynomial = 0xedb88320;

/** `tables[n][b]`: what byte `b` becomes after `n` more bytes of zeros. */
const tables = makeTables(8);

function makeTables(count: number): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? polynomial : 0);
    return remainder;
  });
  const made = [first];
  while (made.length < count) {
    const before = made.at(-1)!;
    made.push(before.map((remainder) => (remainder >>> 8) ^ first[remainder & 0xff]!));
  }
  return made;
}

/**
 * The checksum of `bytes`, as 32 bits without a sign. With `previous`, the checksum of the bytes before, it is that of
 * all bytes so far. Eight bytes at a time (Kounavis and Berry 2005, "slicing by 8").
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let state = ~previous;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    state ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    state =
      t7![state & 0xff]! ^
      t6![(state >>> 8) & 0xff]! ^
      t5![(state >>> 16) & 0xff]! ^
      t4![state >>> 24]! ^
      t3![bytes[at + 4]!]! ^
      t2![bytes[at + 5]!]! ^
      t1![bytes[at + 6]!]! ^
      t0![bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) state = (state >>> 8) ^ t0![(state ^ bytes[at]!) & 0xff]!;
  return ~state >>> 0;
}

/** A checksum in the making, for `streamParts`. */
export class Crc32 {
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  /** Checksum of everything so far, as 32 bits without a sign. */
  get value(): number {
    return this.#value;
  }
}
