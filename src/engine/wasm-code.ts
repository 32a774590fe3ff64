/** Bytes of small WebAssembly modules with vector instructions: what kernels are assembled from. */

export type Code = readonly number[];

/** Types of locals. */
const i32 = 0x7f;
const v128 = 0x7b;

/** Instructions of one byte. */
export const add = 0x6a;
export const subtract = 0x6b;
export const shiftRight = 0x76;
export const addFloat64 = 0xa0;

/** LEB128. */
export function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

/** A vector instruction by its number. */
export const vector = (operation: number): Code => [0xfd, ...unsigned(operation)];
export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
/** @param value below 8192. */
export const constant = (value: number): Code =>
  value < 64 ? [0x41, value] : [0x41, (value & 127) | 128, value >>> 7];
export const loadVector = (offset: number): Code => [...vector(0), 3, ...unsigned(offset)];
/** The same integer, below 2³¹ in magnitude or −2³¹, in each of four lanes. */
export const vectorOfIntegers = (value: number): Code => vectorOfBytes(Int32Array.of(value, value, value, value));
/** The same float32 in each of four lanes. */
export const vectorOfFloats = (value: number): Code => vectorOfBytes(Float32Array.of(value, value, value, value));
export const storeVector = (offset: number): Code => [...vector(0x0b), 3, ...unsigned(offset)];

function vectorOfBytes({ buffer }: Int32Array | Float32Array): Code {
  return [...vector(0x0c), ...new Uint8Array(buffer)];
}

/** Does `code` once, and again while the pointer is below the end. */
export function repeatWhileBelow(pointer: number, end: number, code: Code): Code {
  return [0x03, 0x40, ...code, ...get(pointer), ...get(end), 0x49, 0x0d, 0, 0x0b];
}

export interface KernelFunction {
  readonly name: string;
  /** Integers that it takes: locals from 0 on. */
  readonly parameters: number;
  /** More integers, whose locals follow. */
  readonly integers: number;
  /** Vectors, whose locals are the last. */
  readonly vectors: number;
  readonly body: Code;
}

/** A module with one memory, `memory`, and functions without results. */
function moduleOf(functions: readonly KernelFunction[]): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => [text.length, ...new TextEncoder().encode(text)];
  const list = (entries: readonly Code[]): Code => [...unsigned(entries.length), ...entries.flat()];
  const types = functions.map(({ parameters }) => [0x60, ...list(Array.from({ length: parameters }, () => [i32])), 0]);
  const exported = functions.map((each, index) => [...name(each.name), 0, index]);
  const codes = functions.map(({ integers, vectors, body }) => {
    const code = [2, ...unsigned(integers), i32, ...unsigned(vectors), v128, ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(3, list(functions.map((_, index) => [index]))),
    ...section(5, [1, 0, 1]),
    ...section(7, list([[...name('memory'), 2, 0], ...exported])),
    ...section(10, list(codes)),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

/** A kernel that is compiled when it is first asked for, once for this realm. */
export function kernelOnce<Kernel>(functions: () => readonly KernelFunction[]): () => Kernel {
  let kernel: Kernel | undefined;
  return () => {
    kernel ??= new WebAssembly.Instance(new WebAssembly.Module(moduleOf(functions()))).exports as unknown as Kernel;
    return kernel;
  };
}

const pageBytes = 2 ** 16;

/** Lets a memory hold so many bytes; what it held is kept. */
export function growTo(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}
