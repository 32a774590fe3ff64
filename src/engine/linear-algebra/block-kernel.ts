/**
 * Dot products of three rows with many, nine at once, with the vector instructions of WebAssembly, two float64 lanes at a time or four of
 * float32: three by three rows share what they load. Every host of ONNX Runtime Web has them, so that results are the same everywhere.
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

export interface BlockKernel {
  readonly memory: WebAssembly.Memory;
  /**
   * The products of rows that begin at bytes `a`, `a + stride`, `a + 2 × stride` with those at `b`, `b + stride`, … up to `end`, over
   * `bytes` of each, a multiple of 32. Those of the first row of `a` go to `results`, one float64 after the other, of the second
   * to `results + width`, of the third to `results + 2 × width`. Rows of `b` are taken by threes: the last three may begin before `end` alone.
   */
  multiply(a: number, b: number, end: number, stride: number, bytes: number, results: number, width: number): void;
}

/** What a vector holds. */
interface Lanes {
  readonly multiply: Code;
  readonly add: Code;
  /** Of a vector, the sum of its lanes as one float64. */
  sum(vectorLocal: number): Code;
}

const float64Lanes: Lanes = {
  multiply: vector(0xf2),
  add: vector(0xf0),
  sum: (local) => [...get(local), ...vector(0x21), 0, ...get(local), ...vector(0x21), 1, addFloat64],
};

const promoteFloat32 = 0xbb;
const float32Lanes: Lanes = {
  multiply: vector(0xe6),
  add: vector(0xe4),
  sum: (local) =>
    [0, 1, 2, 3].flatMap((lane) => [
      ...[...get(local), ...vector(0x1f), lane, promoteFloat32],
      ...(lane === 0 ? [] : [addFloat64]),
    ]),
};

const kernelOf = (lanes: Lanes): (() => BlockKernel) =>
  kernelOnce<BlockKernel>(() => {
    const integers = 2 * blockSide + 1;
    const vectors = blockSide * blockSide + blockSide + 1;
    return [{ name: 'multiply', parameters: 7, integers, vectors, body: body(lanes) }];
  });

/** Of float64 numbers. Its memory is whoever's uses it until the next checkpoint. */
export const blockKernel = kernelOf(float64Lanes);

/** Of float32 numbers, whose products are added up in float32 along the lanes. Its memory is that of `CovarianceSums`. */
export const floatBlockKernel = kernelOf(float32Lanes);

/** Lets the memory hold so many bytes; what it held is kept. */
export function reserve({ memory }: BlockKernel, bytes: number): void {
  growTo(memory, bytes);
}

const storeFloat = (offset: number): Code => [0x39, 3, ...unsigned(offset)];
const zeroVector: Code = [...vector(0x0c), ...Array.from({ length: 16 }, () => 0)];

const [a, b, end, stride, bytes, results, width] = [0, 1, 2, 3, 4, 5, 6];
/** Locals after the parameters: pointers of six rows, the end of the first, then vectors. */
const firstPointer = 7;
const rowEnd = firstPointer + 2 * blockSide;
const firstSum = rowEnd + 1;
const firstLoaded = firstSum + blockSide * blockSide;
const leftLoaded = firstLoaded + blockSide;
const sides = [0, 1, 2];

function body(lanes: Lanes): Code {
  const pointers = [a, b].flatMap((start, which) =>
    sides.flatMap((row) => {
      const pointer = firstPointer + which * blockSide + row;
      const before = row === 0 ? get(start) : [...get(pointer - 1), ...get(stride), add];
      return [...before, ...set(pointer)];
    }),
  );
  const zeros = sides.flatMap((row) => sides.flatMap((column) => [...zeroVector, ...set(sumOf(row, column))]));
  const nextRows = [...get(b), ...sides.flatMap(() => [...get(stride), add]), ...set(b)];
  const nextResults = [...get(results), ...constant(8 * blockSide), add, ...set(results)];
  return repeatWhileBelow(b, end, [
    ...pointers,
    ...[...get(a), ...get(bytes), add, ...set(rowEnd)],
    ...zeros,
    ...sumProducts(lanes),
    ...storeSums(lanes),
    ...nextRows,
    ...nextResults,
  ]);
}

const sumOf = (row: number, column: number): number => firstSum + row * blockSide + column;

/**
 * Along the rows, two vectors of each at once. Of the three rows of `a` one is loaded at a time, so that sums and what is
 * loaded fit the registers of a processor, of which compilers have fifteen.
 */
function sumProducts(lanes: Lanes): Code {
  const rows = [...sides, ...sides.map((side) => side + blockSide)];
  const steps = rows.flatMap((row) => [...get(firstPointer + row), ...constant(32), add, ...set(firstPointer + row)]);
  const load = (row: number, offset: number, loaded: number): Code => [
    ...[...get(firstPointer + row), ...loadVector(offset)],
    ...set(loaded),
  ];
  const products = (offset: number): Code => [
    ...sides.flatMap((column) => load(blockSide + column, offset, firstLoaded + column)),
    ...sides.flatMap((row) => [
      ...load(row, offset, leftLoaded),
      ...sides.flatMap((column) => {
        const sum = sumOf(row, column);
        return [
          ...get(sum),
          ...get(leftLoaded),
          ...get(firstLoaded + column),
          ...lanes.multiply,
          ...lanes.add,
          ...set(sum),
        ];
      }),
    ]),
  ];
  return repeatWhileBelow(firstPointer, rowEnd, [...products(0), ...products(16), ...steps]);
}

function storeSums(lanes: Lanes): Code {
  return sides.flatMap((row) => {
    const address = [...get(results), ...Array.from({ length: row }, () => [...get(width), add]).flat()];
    return sides.flatMap((column) => {
      return [...address, ...lanes.sum(sumOf(row, column)), ...storeFloat(column * 8)];
    });
  });
}
