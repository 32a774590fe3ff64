/**
 * Nine dot products at once with the vector instructions of WebAssembly, two float64 lanes at a time: three by three rows share what
 * they load. Every host of ONNX Runtime Web has them, so that results are the same everywhere.
 */

/** Rows and columns of a block. */
export const blockSide = 3;

/** Bytes at the start of the memory where a block of results goes, row by row. */
export const resultBytes = 128;

export interface BlockKernel {
  readonly memory: WebAssembly.Memory;
  /**
   * The products of rows that begin at bytes `a`, `a + stride`, `a + 2 × stride` with those at `b`, … over `bytes` of each, a multiple
   * of 32. Results go to the first 72 bytes of the memory.
   */
  multiply(a: number, b: number, stride: number, bytes: number): void;
}

let kernel: BlockKernel | undefined;

/** One for this realm: its memory is whoever's uses it until the next checkpoint. */
export function blockKernel(): BlockKernel {
  if (!kernel) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
    kernel = exports as unknown as BlockKernel;
  }
  return kernel;
}

/** Lets the memory hold so many bytes after the results; what it held is kept. */
export function reserve({ memory }: BlockKernel, bytes: number): void {
  const pageBytes = 2 ** 16;
  const missing = resultBytes + bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}

const i32 = 0x7f;
const v128 = 0x7b;
const vector = (operation: number): readonly number[] => [0xfd, ...unsigned(operation)];
const load = (offset: number): readonly number[] => [...vector(0), 3, offset];
const multiplyLanes = vector(0xf2);
const addLanes = vector(0xf0);
const laneOf = (lane: number): readonly number[] => [...vector(0x21), lane];
const get = (local: number): readonly number[] => [0x20, ...unsigned(local)];
const set = (local: number): readonly number[] => [0x21, ...unsigned(local)];
const constant = (value: number): readonly number[] => [0x41, ...unsigned(value)];
const add = 0x6a;
const storeFloat = (offset: number): readonly number[] => [0x39, 3, ...unsigned(offset)];

/** LEB128, of small numbers also as signed ones below 64. */
function unsigned(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** Locals after the parameters a, b, stride and bytes: pointers of six rows, the end, then vectors. */
const firstPointer = 4;
const end = firstPointer + 2 * blockSide;
const firstSum = end + 1;
const firstLoaded = firstSum + blockSide * blockSide;

function body(): readonly number[] {
  const [a, b, stride, bytes] = [0, 1, 2, 3];
  const sides = [0, 1, 2];
  const pointers = [a, b].flatMap((start, which) =>
    sides.flatMap((row) => {
      const pointer = firstPointer + which * blockSide + row;
      const before = row === 0 ? get(start) : [...get(pointer - 1), ...get(stride), add];
      return [...before, ...set(pointer)];
    }),
  );
  const rows = [...sides, ...sides.map((row) => row + blockSide)];
  const loads = (offset: number): readonly number[] =>
    rows.flatMap((row) => [...get(firstPointer + row), ...load(offset), ...set(firstLoaded + row)]);
  const steps = rows.flatMap((row) => [...get(firstPointer + row), ...constant(32), add, ...set(firstPointer + row)]);
  const products = sides.flatMap((row) =>
    sides.flatMap((column) => {
      const sum = firstSum + row * blockSide + column;
      const factors = [...get(firstLoaded + row), ...get(firstLoaded + blockSide + column), ...multiplyLanes];
      return [...get(sum), ...factors, ...addLanes, ...set(sum)];
    }),
  );
  const results = sides.flatMap((row) =>
    sides.flatMap((column) => {
      const index = row * blockSide + column;
      const lanes = [...get(firstSum + index), ...laneOf(0), ...get(firstSum + index), ...laneOf(1), 0xa0];
      return [...constant(0), ...lanes, ...storeFloat(index * 8)];
    }),
  );
  const twice = [...loads(0), ...products, ...loads(16), ...products];
  const loop = [0x03, 0x40, ...twice, ...steps, ...get(firstPointer), ...get(end), 0x49, 0x0d, 0, 0x0b];
  return [...pointers, ...get(a), ...get(bytes), add, ...set(end), ...loop, ...results, 0x0b];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const name = (text: string): readonly number[] => [text.length, ...new TextEncoder().encode(text)];
  const integers = 2 * blockSide + 1;
  const vectors = blockSide * blockSide + 2 * blockSide;
  const code = [2, integers, i32, vectors, v128, ...body()];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 4, i32, i32, i32, i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('multiply'), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}
