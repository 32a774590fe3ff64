/** Writes a module: kernels, `run` that calls them, packed weights and a memory of fixed size. */
import type { Call, Region } from './call';
import { kernelIndex, reachableFrom, withCallees, type KernelModule } from './kernel-module';
import { sections, valueTypes, WasmWriter } from './wasm-bytes';

export interface ModuleData extends Region {
  readonly bytes: Uint8Array;
}

export interface ModuleContent {
  /** Exported functions without parameters by name, such as `run`. */
  readonly entries: ReadonlyMap<string, readonly Call[]>;
  readonly data: readonly ModuleData[];
  readonly memoryBytes: number;
}

const pageBytes = 65_536;

export function writeModule(kernels: KernelModule, content: ModuleContent): Uint8Array<ArrayBuffer> {
  const calls = [...content.entries.values()].flat();
  const kept = reachableFrom(kernels, new Set(calls.map(({ kernel }) => kernel)));
  const indices = new Map(kept.map((old, index) => [old, index]));
  const indexOf = (old: number) => indices.get(old)!;
  const types = new TypeList();
  const typeIndices = kept.map((index) => types.indexOf(kernels.functions[index]!.type));
  const entryType = types.indexOf(Uint8Array.of(0x60, 0, 0));
  const entries = [...content.entries];
  const bodies = kept.map((index) => withCallees(kernels.functions[index]!, indexOf));
  for (const [, made] of entries) bodies.push(entryBody(kernels, made, indexOf));

  const writer = new WasmWriter().bytes(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const functions = list([...typeIndices, ...entries.map(() => entryType)], (index, at) => at.unsigned(index));
  const exported = entries.map(([name], index) => ({ name, kind: 0, index: kept.length + index }));
  const exports = list([{ name: 'memory', kind: 2, index: 0 }, ...exported], ({ name, kind, index }, at) =>
    at.name(name).bytes(kind).unsigned(index),
  );
  const data = list(content.data, ({ address, bytes }, at) =>
    at.bytes(0, 0x41).signed(address).bytes(0x0b).sized(bytes),
  );
  return writer
    .section(sections.types, types.written())
    .section(sections.functions, functions)
    .section(sections.memory, new WasmWriter().bytes(1, 0).unsigned(Math.ceil(content.memoryBytes / pageBytes)))
    .section(sections.exports, exports)
    .section(
      sections.code,
      list(bodies, (body, at) => at.sized(body)),
    )
    .section(sections.data, data)
    .joined();
}

function list<Item>(items: readonly Item[], write: (item: Item, writer: WasmWriter) => void): WasmWriter {
  const writer = new WasmWriter().unsigned(items.length);
  for (const item of items) write(item, writer);
  return writer;
}

class TypeList {
  readonly #indices = new Map<string, number>();
  readonly #types: Uint8Array[] = [];

  indexOf(type: Uint8Array): number {
    const key = type.join();
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#indices.set(key, this.#types.length);
    return this.#types.push(type) - 1;
  }

  written(): WasmWriter {
    return list(this.#types, (type, writer) => writer.raw(type));
  }
}

/** A function without parameters that makes the calls. Locals count the turns of loops. */
function entryBody(kernels: KernelModule, calls: readonly Call[], indexOf: (old: number) => number): Uint8Array {
  const depth = calls.reduce((most, { times = [] }) => Math.max(most, times.length), 0);
  const writer = new WasmWriter();
  if (depth === 0) writer.unsigned(0);
  else writer.unsigned(1).unsigned(depth).bytes(valueTypes.i32);
  for (const call of calls) {
    for (const { at, isTrue } of call.guards ?? []) {
      // if (byte is as wanted) { …
      writer
        .bytes(0x41)
        .signed(at.region.address + at.offset)
        .bytes(0x2d, 0, 0);
      writer.bytes(...(isTrue ? [] : [0x45]), 0x04, 0x40);
    }
    writeLoops(writer, call, 0, () => writeCall(writer, kernels, call, indexOf));
    for (const _ of call.guards ?? []) writer.bytes(0x0b);
  }
  return writer.bytes(0x0b).joined();
}

function writeLoops(writer: WasmWriter, call: Call, level: number, writeInner: () => void): void {
  const count = call.times?.[level];
  if (count === undefined) {
    writeInner();
    return;
  }
  // local = 0; loop { …; local += 1; branch if local < count }
  writer.bytes(0x41, 0, 0x21).unsigned(level).bytes(0x03, 0x40);
  writeLoops(writer, call, level + 1, writeInner);
  writer.bytes(0x20).unsigned(level).bytes(0x41, 1, 0x6a, 0x22).unsigned(level);
  writer.bytes(0x41).signed(count).bytes(0x49, 0x0d, 0, 0x0b);
}

function writeCall(writer: WasmWriter, kernels: KernelModule, call: Call, indexOf: (old: number) => number): void {
  const index = kernelIndex(kernels, call.kernel);
  const { parameters } = kernels.functions[index]!;
  if (parameters.length !== call.args.length) {
    throw new Error(`The kernel ${call.kernel} takes ${parameters.length} arguments, not ${call.args.length}.`);
  }
  for (const [place, argument] of call.args.entries()) {
    const isFloat = typeof argument === 'object' && 'value' in argument;
    if (isFloat !== (parameters[place] === valueTypes.f32)) {
      throw new Error(`Argument ${place} of the kernel ${call.kernel} has another type.`);
    }
    if (typeof argument === 'number') writeInteger(writer, argument, call.kernel);
    else if ('value' in argument) writer.bytes(0x43).float32(argument.value);
    else {
      writeInteger(writer, argument.region.address + argument.offset, call.kernel);
      for (const [level, stride] of (argument.strides ?? []).entries()) {
        // A loop that is left out runs once.
        if (stride === 0 || level >= (call.times?.length ?? 0)) continue;
        writer.bytes(0x20).unsigned(level).bytes(0x41).signed(stride).bytes(0x6c, 0x6a);
      }
    }
  }
  writer.bytes(0x10).unsigned(indexOf(index));
}

function writeInteger(writer: WasmWriter, value: number, kernel: string): void {
  if (!Number.isInteger(value)) throw new Error(`An argument of the kernel ${kernel} is ${value}.`);
  writer.bytes(0x41).signed(value);
}
