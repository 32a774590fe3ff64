/**
 * Nine dot products at once with the vector instructions of WebAssembly, two float64 lanes at a time: three by three rows share what
 * they load. Every host of ONNX Runtime Web has them, so that results are the same everywhere.
 */
import {
  add,
  addFloat64,
  constant,
  get,
  growTo,
  kernelOnce,
  loadVector,
  repeatWhileBelow,
  set,
  unsigned,
  vector,
  type Code,
} from '../wasm-code';

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

/** Its memory is whoever's uses it until the next checkpoint. */
export const blockKernel = kernelOnce<BlockKernel>(() => {
  const integers = 2 * blockSide + 1;
  const vectors = blockSide * blockSide + 2 * blockSide;
  return [{ name: 'multiply', parameters: 4, integers, vectors, body: body() }];
});

/** Lets the memory hold so many bytes after the results; what it held is kept. */
export function reserve({ memory }: BlockKernel, bytes: number): void {
  growTo(memory, resultBytes + bytes);
}

const multiplyLanes = vector(0xf2);
const addLanes = vector(0xf0);
const laneOf = (lane: number): Code => [...vector(0x21), lane];
const storeFloat = (offset: number): Code => [0x39, 3, ...unsigned(offset)];

/** Locals after the parameters a, b, stride and bytes: pointers of six rows, the end, then vectors. */
const firstPointer = 4;
const end = firstPointer + 2 * blockSide;
const firstSum = end + 1;
const firstLoaded = firstSum + blockSide * blockSide;

function body(): Code {
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
  const loads = (offset: number): Code =>
    rows.flatMap((row) => [...get(firstPointer + row), ...loadVector(offset), ...set(firstLoaded + row)]);
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
      const lanes = [...get(firstSum + index), ...laneOf(0), ...get(firstSum + index), ...laneOf(1), addFloat64];
      return [...constant(0), ...lanes, ...storeFloat(index * 8)];
    }),
  );
  const twice = [...loads(0), ...products, ...loads(16), ...products];
  const loop = repeatWhileBelow(firstPointer, end, [...twice, ...steps]);
  return [...pointers, ...get(a), ...get(bytes), add, ...set(end), ...loop, ...results];
}
