/** The binary format of WebAssembly: numbers, and the few codes that modules here use. */

export const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export const sections = {
  types: 1,
  imports: 2,
  functions: 3,
  memory: 5,
  globals: 6,
  exports: 7,
  code: 10,
  data: 11,
} as const;

/** Reads a module from front to back. The modules are those of this program, so damage is a defect and throws. */
export class WasmReader {
  readonly #bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    const value = this.#bytes[this.at++];
    if (value === undefined) throw new Error('The WebAssembly of the kernels ends too early.');
    return value;
  }

  /** A number in LEB128; the bits of signed ones are not extended. */
  number(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  }

  take(length: number): Uint8Array {
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  name(): string {
    return new TextDecoder().decode(this.take(this.number()));
  }
}

/** Collects the bytes of a module. */
export class WasmWriter {
  #parts: (number[] | Uint8Array)[] = [];

  bytes(...values: readonly number[]): this {
    const last = this.#parts.at(-1);
    if (Array.isArray(last)) for (const value of values) last.push(value);
    else this.#parts.push([...values]);
    return this;
  }

  raw(values: Uint8Array): this {
    this.#parts.push(values);
    return this;
  }

  /** An unsigned number in LEB128. */
  unsigned(value: number): this {
    let left = value;
    while (left >= 128) {
      this.bytes((left % 128) + 128);
      left = Math.floor(left / 128);
    }
    return this.bytes(left);
  }

  /** A signed 32-bit number in LEB128. */
  signed(value: number): this {
    let left = value | 0;
    for (;;) {
      const byte = left & 0x7f;
      left >>= 7;
      const isLast = (left === 0 && byte < 64) || (left === -1 && byte >= 64);
      this.bytes(isLast ? byte : byte | 0x80);
      if (isLast) return this;
    }
  }

  float32(value: number): this {
    return this.raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  name(text: string): this {
    return this.sized(new TextEncoder().encode(text));
  }

  /** Bytes after their number. */
  sized(content: Uint8Array): this {
    return this.unsigned(content.length).raw(content);
  }

  section(id: number, content: WasmWriter): this {
    return this.bytes(id).sized(content.joined());
  }

  joined(): Uint8Array<ArrayBuffer> {
    const parts = this.#parts.map((part) => (Array.isArray(part) ? Uint8Array.from(part) : part));
    const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }
}
