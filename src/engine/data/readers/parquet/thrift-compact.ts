/**
 * Reads Thrift's compact protocol, as Parquet's headers use it, with bounds. A damaged header must not cause
 * allocations of the size that it claims. Fields keep their numbers.
 */

export type ThriftValue = number | boolean | Uint8Array | ThriftStruct | readonly ThriftValue[];
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

const deepest = 32;
const longestVarint = 10;

/** Throws a RangeError for bytes that are no valid structure. */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  struct(depth = 0): ThriftStruct {
    if (depth > deepest) throw new RangeError('Structures are nested too deeply.');
    const fields = new Map<number, ThriftValue>();
    let field = 0;
    for (;;) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === 0) return fields;
      const step = head >> 4;
      field = step === 0 ? this.#integer() : field + step;
      fields.set(field, type === 1 || type === 2 ? type === 1 : this.#value(type, depth));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case 1:
      case 2:
      case 3:
        return this.#byte();
      case 4:
      case 5:
      case 6:
        return this.#integer();
      case 7:
        return this.#double();
      case 8:
        return this.#binary();
      case 9:
        return this.#list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new RangeError(`There is no type ${type}.`);
    }
  }

  #list(depth: number): readonly ThriftValue[] {
    if (depth > deepest) throw new RangeError('Lists are nested too deeply.');
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    // Each element takes at least a byte.
    if (count > this.#bytes.length - this.position) throw new RangeError('A list is longer than the bytes left.');
    return Array.from({ length: count }, () => this.#value(head & 0x0f, depth + 1));
  }

  #binary(): Uint8Array {
    const length = this.#varint();
    if (length > this.#bytes.length - this.position) throw new RangeError('A text is longer than the bytes left.');
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }

  #double(): number {
    const value = this.#view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  /** Zigzag. Only 53 bits are exact, which sizes and counts fit. */
  #integer(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < longestVarint; count++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new RangeError('A number is too long.');
  }

  #byte(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw new RangeError('The structure ends too early.');
    this.position += 1;
    return byte;
  }
}
