/** The header of NumPy's array format (numpy.lib.format, versions 1.0 to 3.0). */
import { ParetoError } from '../../errors';
import type { ByteSource } from '../../onnx/byte-source';
import { numericType, type ElementType } from './element-type';
import { ownValue } from '../../own-value';

export interface NpyHeader {
  readonly type: ElementType;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** The offset at which the elements start. */
  readonly dataStart: number;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy itself refuses headers over 10,000 characters unless told otherwise. */
const largestHeaderBytes = 1 << 16;
const largestRank = 64;
const largestTextBytes = 1 << 20;

const numericNames: Readonly<Record<string, string>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** True for a file that starts as an .npy does. */
export function isNpy(source: ByteSource): boolean {
  const start = source.read(0, Math.min(magic.length, source.sizeBytes));
  return start.length === magic.length && magic.every((byte, at) => start[at] === byte);
}

/** Reads the header; `title` names the array in sentences. Throws `data/damaged`, `data/too-large` or `data/type`. */
export function readNpyHeader(source: ByteSource, title: string): NpyHeader {
  const start = source.read(0, Math.min(12, source.sizeBytes));
  if (start.length < 10 || magic.some((byte, at) => start[at] !== byte)) {
    throw damaged(title, 'it does not begin like a NumPy array');
  }
  const version = start[6]!;
  if (version < 1 || version > 3) {
    throw new ParetoError(
      'data/version',
      `${title} has version ${version} of the NumPy format, which is not supported. Save it with "numpy.save".`,
    );
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (version > 1 && start.length < 12) throw damaged(title, 'it ends within its header');
  const headerStart = version === 1 ? 10 : 12;
  const headerBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerBytes > largestHeaderBytes) {
    throw new ParetoError(
      'data/too-large',
      `${title} has a header of ${headerBytes} bytes: it is damaged, or describes records.`,
    );
  }
  const dataStart = headerStart + headerBytes;
  const header = source.read(headerStart, Math.min(dataStart, source.sizeBytes));
  if (header.length < headerBytes) throw damaged(title, 'it ends within its header');
  return { ...parseHeader(new TextDecoder().decode(header), title), dataStart };
}

function parseHeader(text: string, title: string): Omit<NpyHeader, 'dataStart'> {
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeText = /['"]shape['"]\s*:\s*\(([\d\sL,]*)\)/.exec(text)?.[1];
  const descr = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[|\())/.exec(text);
  if (fortran === undefined || shapeText === undefined || descr === null) {
    throw damaged(title, 'its header cannot be read');
  }
  if (descr[1] === undefined) {
    throw new ParetoError(
      'data/type',
      `${title} is an array of records, which no model input accepts. Save each field as a separate array.`,
    );
  }
  const shape = shapeText
    .split(',')
    .map((size) => size.replace('L', '').trim())
    .filter((size) => size !== '')
    .map(Number);
  if (shape.length > largestRank || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw damaged(title, 'its shape is impossible');
  }
  return { type: elementType(descr[1], title), fortranOrder: fortran === 'True', shape };
}

function elementType(descr: string, title: string): ElementType {
  const parts = /^([<>|=]?)([a-zA-Z])(\d*)(?:\[.*\])?$/.exec(descr);
  const [, order, kind, width] = parts ?? [];
  const bigEndian = order === '>';
  const type = numericType(ownValue(numericNames, `${kind}${width}`) ?? '', bigEndian);
  if (type !== undefined) return type;
  if (kind === 'O') {
    throw new ParetoError(
      'data/type',
      `${title} contains Python objects, which only Python can read. Save it as numbers: "numpy.save(path, numpy.stack(array))" works for arrays of one shape.`,
    );
  }
  const widthBytes = Number(width) * (kind === 'U' ? 4 : 1);
  if ((kind === 'U' || kind === 'S') && widthBytes > 0 && widthBytes <= largestTextBytes) {
    return { dtype: 'string', widthBytes, bigEndian, encoding: kind === 'U' ? 'utf-32' : 'bytes' };
  }
  throw new ParetoError(
    'data/type',
    `${title} contains elements of NumPy type "${descr}", which no model input accepts. Save it as float32 or int64.`,
  );
}

function damaged(title: string, what: string): ParetoError {
  return new ParetoError('data/damaged', `${title} is damaged: ${what}. Download or copy it again.`);
}
