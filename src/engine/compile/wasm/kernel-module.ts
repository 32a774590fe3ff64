/** The functions of a compiled kernel module, with the calls in their bodies, so that a new module can hold some of them. */
import { sections, WasmReader, WasmWriter } from './wasm-bytes';

export interface KernelFunction {
  /** Bytes of the type: parameters and results. */
  readonly type: Uint8Array;
  readonly parameters: readonly number[];
  /** The body without its size. */
  readonly body: Uint8Array;
  /** Places of the indices of called functions in the body, in order. */
  readonly calls: readonly { readonly start: number; readonly end: number; readonly callee: number }[];
}

export interface KernelModule {
  readonly functions: readonly KernelFunction[];
  /** Indices of the exported functions by name. */
  readonly exports: ReadonlyMap<string, number>;
}

/** Reads a module without imports, tables, globals and data, which is what `kernels/` compiles to. */
export function readKernelModule(bytes: Uint8Array): KernelModule {
  const reader = new WasmReader(bytes, 8);
  const types: { readonly type: Uint8Array; readonly parameters: readonly number[] }[] = [];
  const typeOfFunction: number[] = [];
  const bodies: Uint8Array[] = [];
  const exports = new Map<string, number>();
  while (reader.at < reader.end) {
    const id = reader.byte();
    const size = reader.number();
    const section = new WasmReader(bytes, reader.at, reader.at + size);
    reader.at += size;
    if (id === sections.types) readList(section, () => types.push(readType(bytes, section)));
    else if (id === sections.functions) readList(section, () => typeOfFunction.push(section.number()));
    else if (id === sections.exports) readList(section, () => readExport(section, exports));
    else if (id === sections.code) readList(section, () => bodies.push(section.take(section.number())));
    else if (id !== sections.memory && id !== 0) throw new Error(`The kernels have a section ${id}.`);
  }
  const functions = bodies.map((body, index) => ({ ...types[typeOfFunction[index]!]!, body, calls: callsIn(body) }));
  return { functions, exports };
}

function readList(section: WasmReader, readOne: () => void): void {
  for (let left = section.number(); left > 0; left--) readOne();
}

function readType(bytes: Uint8Array, section: WasmReader): { type: Uint8Array; parameters: readonly number[] } {
  const start = section.at;
  section.byte();
  const parameters = [...section.take(section.number())];
  section.take(section.number());
  return { type: bytes.subarray(start, section.at), parameters };
}

function readExport(section: WasmReader, exports: Map<string, number>): void {
  const name = section.name();
  const kind = section.byte();
  const index = section.number();
  if (kind === 0) exports.set(name, index);
}

function callsIn(body: Uint8Array): KernelFunction['calls'] {
  const reader = new WasmReader(body);
  for (let groups = reader.number(); groups > 0; groups--) {
    reader.number();
    reader.byte();
  }
  const calls: { start: number; end: number; callee: number }[] = [];
  while (reader.at < reader.end) {
    const code = reader.byte();
    const start = reader.at;
    if (code === 0x10) calls.push({ start, callee: reader.number(), end: reader.at });
    else skipImmediates(code, reader);
  }
  return calls;
}

/** WebAssembly 2.0, Appendix: Index of Instructions. */
function skipImmediates(code: number, reader: WasmReader): void {
  if (code === 0xfd) skipVector(reader.number(), reader);
  else if (code === 0xfc) skipBulk(reader.number(), reader);
  else if (code === 0x0e) {
    for (let left = reader.number() + 1; left > 0; left--) reader.number();
  } else if (code === 0x43) reader.take(4);
  else if (code === 0x44) reader.take(8);
  else if (code >= 0x28 && code <= 0x3e) skipMemoryArgument(reader);
  else if ([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x20, 0x21, 0x22, 0x3f, 0x40, 0x41, 0x42].includes(code)) reader.number();
  else if (code === 0x11 || (code >= 0x1c && code <= 0x26) || code >= 0xc5) {
    throw new Error(`The kernels have the instruction 0x${code.toString(16)}.`);
  }
}

function skipMemoryArgument(reader: WasmReader): void {
  reader.number();
  reader.number();
}

function skipVector(code: number, reader: WasmReader): void {
  if (code <= 11 || code === 92 || code === 93) skipMemoryArgument(reader);
  else if (code === 12 || code === 13) reader.take(16);
  else if (code >= 21 && code <= 34) reader.byte();
  else if (code >= 84 && code <= 91) {
    skipMemoryArgument(reader);
    reader.byte();
  }
}

/** Conversions that saturate have no immediates; copying and filling memory have the numbers of memories. */
function skipBulk(code: number, reader: WasmReader): void {
  if (code === 10) reader.take(2);
  else if (code === 11) reader.take(1);
  else if (code > 7) throw new Error(`The kernels have the bulk instruction ${code}.`);
}

/** The functions that the named kernels need, in a fixed order. Throws for a name that is no kernel. */
export function reachableFrom(module: KernelModule, names: Iterable<string>): readonly number[] {
  const reached = new Set<number>();
  const visit = (index: number): void => {
    if (reached.has(index)) return;
    reached.add(index);
    for (const { callee } of module.functions[index]!.calls) visit(callee);
  };
  for (const name of names) visit(kernelIndex(module, name));
  return [...reached].sort((a, b) => a - b);
}

export function kernelIndex({ exports }: KernelModule, name: string): number {
  const index = exports.get(name);
  if (index === undefined) throw new Error(`There is no kernel ${name}.`);
  return index;
}

/** The body of a function in a module in which functions have other indices. */
export function withCallees({ body, calls }: KernelFunction, indexOf: (callee: number) => number): Uint8Array {
  const writer = new WasmWriter();
  let at = 0;
  for (const { start, end, callee } of calls) {
    writer.raw(body.subarray(at, start)).unsigned(indexOf(callee));
    at = end;
  }
  return writer.raw(body.subarray(at)).joined();
}
