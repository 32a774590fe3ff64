/**
 * Rounds blocks of columns that lie side by side in one go, with the vector instructions of WebAssembly: the range of a block, its grid and
 * its codes, sixteen columns at a time. What it is given may have been read into its memory, so that nothing is copied.
 */
import {
  constant,
  get,
  growTo,
  kernelOnce,
  loadVector,
  set,
  shiftRight,
  storeVector,
  type Code,
  type KernelFunction,
} from '../../../wasm-code';
import {
  asIntegers,
  blockLocals,
  codesOf,
  differingBits,
  fitRange,
  highestByteOfShifted,
  largerFloats,
  moved,
  nextRow,
  overRows,
  overTiles,
  packTile,
  prepareRounding,
  smallerFloats,
  splatBytes,
  startRanges,
  storeTile,
  tileBytes,
  vectorsOfTile,
  zeroOfInfinity,
  zeroToAdd,
  type RoundBlock,
} from './column-code';
import { levelsOf, type Levels } from './weight-grid';

const functionName = (bits: 4 | 8, symmetric: boolean): `round${4 | 8}${'' | 'Symmetric'}` =>
  `round${bits}${symmetric ? 'Symmetric' : ''}`;

type BlocksKernel = Readonly<Record<ReturnType<typeof functionName>, RoundBlock>> & {
  readonly memory: WebAssembly.Memory;
};

/** Nothing is left in its memory but what `roomForColumns` gave. */
const blocksKernel = kernelOnce<BlocksKernel>(() =>
  ([4, 8] as const).flatMap((bits) => [false, true].map((symmetric) => roundBlockFunction(bits, symmetric))),
);

/** Memory to read values into. What is in it lasts until the next call of whatever rounds. */
export function roomForColumns(sizeBytes: number): Uint8Array {
  const { memory } = blocksKernel();
  growTo(memory, sizeBytes);
  return new Uint8Array(memory.buffer, 0, sizeBytes);
}

export interface RoundedBlocks {
  /** [blocks, width]. */
  readonly scales: Float32Array;
  /** Packed, [blocks, width]. */
  readonly zeroPoints: Uint8Array;
  /** Packed, as many as values. */
  readonly codes: Uint8Array;
}

export interface ColumnBlocks {
  readonly width: number;
  /** Rows that share a scale; the last block may have fewer. */
  readonly height: number;
  readonly bits: 4 | 8;
  readonly symmetric: boolean;
}

/**
 * The numbers of `gridOfRange` and `roundToGrid` with scales of float32, of two's complement where symmetric; `undefined` if a value is
 * not finite. They lie in memory that the next call uses again.
 * @param values [rows, width], the width a multiple of `tileColumns`.
 */
export function roundColumnBlocks(
  values: Float32Array,
  { width, height, bits, symmetric }: ColumnBlocks,
): RoundedBlocks | undefined {
  const kernel = blocksKernel();
  const rows = values.length / width;
  const grids = Math.ceil(rows / height) * width;
  const scalesStart = values.byteLength;
  const zerosStart = scalesStart + grids * 4;
  const codesStart = zerosStart + (grids * bits) / 8;
  const seenStart = codesStart + (values.length * bits) / 8;
  const { memory } = kernel;
  const isThere = values.buffer === memory.buffer && values.byteOffset === 0;
  growTo(memory, seenStart + 16);
  if (!isThere) new Float32Array(memory.buffer).set(values);
  const seen = new Uint32Array(memory.buffer, seenStart, 4).fill(0);
  const round = kernel[functionName(bits, symmetric)];
  for (let row = 0, grid = 0; row < rows; row += height, grid += width) {
    const bytes = Math.min(height, rows - row) * width * 4;
    const codes = codesStart + (row * width * bits) / 8;
    round(row * width * 4, bytes, width * 4, scalesStart + grid * 4, zerosStart + (grid * bits) / 8, codes, seenStart);
  }
  if (seen.some((word) => word >>> 24 !== highestByteOfShifted)) return undefined;
  return {
    scales: new Float32Array(memory.buffer, scalesStart, grids),
    zeroPoints: new Uint8Array(memory.buffer, zerosStart, codesStart - zerosStart),
    codes: new Uint8Array(memory.buffer, codesStart, seenStart - codesStart),
  };
}

const { rowBytes, scales, zeroPoints, codes, seen, column, row, to, low, high } = blockLocals;
const [loaded, scale, zero, isEmpty, allSeen, flips] = [20, 21, 22, 23, 24, 25];
const rounding = { sign: 26, half: 27, shift: 28 };

function roundBlockFunction(bits: 4 | 8, symmetric: boolean): KernelFunction {
  const levels = levelsOf({ bits, symmetric, blockSize: 0 });
  /** Numbers for each byte of codes, as bits to shift. */
  const shrink = bits === 4 ? 3 : 2;
  const tile = [
    ...startRanges,
    ...overRows([...vectorsOfTile.flatMap(widen), ...nextRow]),
    ...vectorsOfTile.flatMap((at) => fit(at, levels)),
    ...(symmetric ? [] : storeZeroPoints(bits)),
    ...vectorsOfTile.flatMap((at) => zeroToAdd(high + at)),
    ...[...get(codes), ...set(to)],
    ...overRows([
      ...[...get(to), ...packTile(bits, loaded, codesOfVector)],
      ...(symmetric ? [...get(flips), ...differingBits] : []),
      ...[...storeTile(bits), ...moved(to, [...get(rowBytes), ...constant(shrink), shiftRight]), ...nextRow],
    ]),
    ...[...moved(column, constant(tileBytes)), ...moved(scales, constant(tileBytes))],
    ...[...moved(zeroPoints, constant(tileBytes >> shrink)), ...moved(codes, constant(tileBytes >> shrink))],
  ];
  const { middle } = levels;
  const body = [
    ...prepareRounding(rounding),
    ...[...get(seen), ...loadVector(0), ...set(allSeen)],
    ...[...constant(bits === 4 ? middle | (middle << 4) : middle), ...splatBytes, ...set(flips)],
    ...overTiles(tile),
    ...[...get(seen), ...get(allSeen), ...storeVector(0)],
  ];
  return { name: functionName(bits, symmetric), parameters: 7, integers: 5, vectors: 17, body };
}

function widen(at: number): Code {
  return [
    ...[...get(row), ...loadVector(16 * at), ...set(loaded)],
    ...[...get(low + at), ...get(loaded), ...smallerFloats, ...set(low + at)],
    ...[...get(high + at), ...get(loaded), ...largerFloats, ...set(high + at)],
  ];
}

function fit(at: number, levels: Levels): Code {
  const locals = { ...rounding, low: low + at, high: high + at, scale, inverse: loaded, zero, isEmpty };
  return [
    // Of numbers so small that the scale has no inverse, each is as good as zero.
    ...[...fitRange(locals, levels), ...zeroOfInfinity(loaded), ...get(scales), ...get(scale), ...storeVector(16 * at)],
    ...[...get(loaded), ...set(low + at), ...get(zero), ...set(high + at)],
  ];
}

function storeZeroPoints(bits: 4 | 8): Code {
  return [...get(zeroPoints), ...packTile(bits, loaded, (at) => asIntegers(high + at)), ...storeTile(bits)];
}

function codesOfVector(at: number): Code {
  const locals = { ...rounding, inverse: low + at, zero: high + at, quotient: scale, seen: allSeen };
  return [...get(row), ...loadVector(16 * at), ...codesOf(locals)];
}
