/** IDX files, the format of MNIST and its relatives (http://yann.lecun.com/exdb/mnist, "the IDX file format"). */
import { ParetoError } from '../../errors';
import type { DataFile, Dataset } from '../dataset';
import { ArrayDataset } from './array-dataset';
import { chooseRows } from './choose-rows';
import { numericType, type ElementType } from './element-type';
import { baseName } from './file-name';
import { rowArray, type RowArray } from './row-array';
import { productOf } from '../../product-of';

const typeNames: Readonly<Record<number, string>> = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
};
const largestRank = 8;

interface IdxHeader {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

/** True for an IDX file. Its size must match its header, or its name must say that it is one. */
export function isIdx(file: DataFile): boolean {
  const header = readHeader(file);
  if (header === null) return false;
  const statedBytes = header.dataStart + productOf(header.shape) * header.type.widthBytes;
  return statedBytes === file.source.sizeBytes || isIdxName(file.path);
}

/** True for a name such as `t10k-images-idx3-ubyte`. */
function isIdxName(path: string): boolean {
  return /idx\d-u?(byte|short|int|float|double)$|\.idx\d?$/i.test(path);
}

/**
 * The samples of IDX files: fields `images` and `labels`. Files with equally many rows belong together; a note tells of the
 * others. Reads the headers only. `name` is for people.
 */
export function openIdx(files: readonly DataFile[], name: string): Dataset {
  const arrays = files.map((file) => ({ file, array: idxRows(file) }));
  const { arrays: chosen, ...about } = chooseRows(
    arrays.map(({ array }) => array),
    `"${name}"`,
  );
  const used = arrays.filter(({ array }) => chosen.includes(array)).map(({ file }) => file);
  return new ArrayDataset({ name, format: 'idx', ...about }, used, chosen);
}

function idxRows(file: DataFile): RowArray {
  const header = readHeader(file);
  if (header === null) {
    throw new ParetoError(
      'data/damaged',
      `"${file.path}" is damaged: it does not begin like an IDX file. Download it again.`,
    );
  }
  const { type, shape, dataStart } = header;
  const dataBytes = productOf(shape) * type.widthBytes;
  const presentBytes = file.source.sizeBytes - dataStart;
  if (dataBytes !== presentBytes) {
    throw new ParetoError(
      'data/damaged',
      `"${file.path}" is damaged: values of shape [${shape.join(', ')}] need ${dataBytes} bytes, but there are ${presentBytes}. Download or copy it again.`,
    );
  }
  const source = file.source.slice(dataStart, file.source.sizeBytes);
  return rowArray({ name: fieldName(file, shape), title: `"${file.path}"`, type, shape, source, columnMajor: false });
}

function fieldName(file: DataFile, shape: readonly number[]): string {
  const name = baseName(file.path);
  if (/label/i.test(name)) return 'labels';
  if (/image/i.test(name)) return 'images';
  return shape.length === 1 ? 'labels' : 'images';
}

/** `null` if the file does not start as IDX does. */
function readHeader({ source }: DataFile): IdxHeader | null {
  const start = source.read(0, Math.min(4 + 4 * largestRank, source.sizeBytes));
  const type = numericType(typeNames[start[2] ?? 0] ?? '', true);
  const rank = start[3] ?? 0;
  const dataStart = 4 + 4 * rank;
  if (start[0] !== 0 || start[1] !== 0 || type === undefined) return null;
  if (rank === 0 || rank > largestRank || start.length < dataStart) return null;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis, false));
  return { type, shape, dataStart };
}
