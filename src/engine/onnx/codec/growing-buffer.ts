/** An array of bytes that grows with each append. */
export class GrowingBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  appendVarint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Leaves room for a length that is known later, see `patchLength`. Returns where. */
  reserveLength(): number {
    this.#reserve(5);
    const at = this.#length;
    this.#length += 5;
    return at;
  }

  /** Writes the number of bytes appended since `reserveLength` as a varint of five bytes; any decoder reads it. */
  patchLength(at: number): void {
    let value = this.#length - at - 5;
    for (let index = 0; index < 4; index++) {
      this.#bytes[at + index] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.#bytes[at + 4] = value & 0x7f;
  }

  /** The bytes so far, in memory of exactly their size. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.length === this.#length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
