/** Safetensors files (https://github.com/huggingface/safetensors#format). */
import * as v from 'valibot';
import { ParetoError } from '../../errors';
import type { ByteSource } from '../../onnx/byte-source';
import type { DataFile, Dataset } from '../dataset';
import { ArrayDataset } from './array-dataset';
import { chooseRows } from './choose-rows';
import { numericType, type ElementType } from './element-type';
import { rowArray, type RowArray } from './row-array';
import { reasonOf } from './unreadable-sample';
import { ownValue } from '../../own-value';
import { productOf } from '../../product-of';

const lengthBytes = 8;
/** A hundred thousand tensors fit; the format itself allows 100 MB. */
const largestHeaderBytes = 1 << 24;
const largestRank = 32;

const typeNames: Readonly<Record<string, string>> = {
  F16: 'float16',
  F32: 'float32',
  F64: 'float64',
  I8: 'int8',
  I16: 'int16',
  I32: 'int32',
  I64: 'int64',
  U8: 'uint8',
  U16: 'uint16',
  U32: 'uint32',
  U64: 'uint64',
  BOOL: 'bool',
};

const sizeSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const tensorSchema = v.object({
  dtype: v.string(),
  shape: v.pipe(v.array(sizeSchema), v.maxLength(largestRank)),
  data_offsets: v.tuple([sizeSchema, sizeSchema]),
});

type TensorHeader = v.InferOutput<typeof tensorSchema>;

/** True for a file that starts with a length and a JSON object of that length. */
export function isSafetensors(source: ByteSource): boolean {
  if (source.sizeBytes < lengthBytes + 2) return false;
  const start = source.read(0, lengthBytes + 1);
  return start[lengthBytes] === 0x7b && headerBytes(start) <= BigInt(source.sizeBytes - lengthBytes);
}

/**
 * Opens safetensors files. The samples are the rows of tensors with equally many rows, in fields named after them. A
 * note lists what is left out. Reads the headers only. `name` is shown to users. Throws `data/damaged` for a wrong
 * header, and `data/too-large` for one over 16 MB.
 */
export function openSafetensors(files: readonly DataFile[], name: string): Dataset {
  const arrays: RowArray[] = [];
  const leftOut: string[] = [];
  let refusal: ParetoError | undefined;
  for (const file of files) {
    const { dataStart, entries } = readHeader(file);
    for (const [tensor, stated] of entries) {
      try {
        arrays.push(tensorRows(file, tensor, stated, dataStart));
      } catch (error) {
        leftOut.push(`Left out: ${reasonOf(error)}`);
        refusal ??= error as ParetoError;
      }
    }
  }
  if (arrays.length === 0 && refusal !== undefined) throw refusal;
  const { arrays: chosen, notes, ...problem } = chooseRows(arrays, `"${name}"`);
  return new ArrayDataset({ name, format: 'safetensors', ...problem, notes: [...notes, ...leftOut] }, files, chosen);
}

interface Header {
  readonly dataStart: number;
  readonly entries: readonly (readonly [name: string, stated: unknown])[];
}

function readHeader({ path, source }: DataFile): Header {
  const start = source.read(0, Math.min(lengthBytes, source.sizeBytes));
  const length = start.length === lengthBytes ? headerBytes(start) : 0n;
  if (length > BigInt(largestHeaderBytes)) {
    throw new ParetoError(
      'data/too-large',
      `"${path}" has a header of ${length} bytes: it is damaged, or holds too many tensors.`,
    );
  }
  const dataStart = lengthBytes + Number(length);
  if (length < 2n || dataStart > source.sizeBytes) throw damaged(path, 'it ends within its header');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(source.read(lengthBytes, dataStart)));
  } catch (error) {
    throw damaged(path, 'its header is not JSON', error);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw damaged(path, 'its header does not list tensors');
  }
  return { dataStart, entries: Object.entries(header).filter(([name]) => name !== '__metadata__') };
}

function tensorRows({ path, source }: DataFile, name: string, stated: unknown, dataStart: number): RowArray {
  const title = `"${name}" in "${path}"`;
  const parsed = v.safeParse(tensorSchema, stated);
  if (!parsed.success) throw new ParetoError('data/damaged', `${title} is damaged: the header does not describe it.`);
  const { dtype, shape, data_offsets: offsets }: TensorHeader = parsed.output;
  const type = elementType(dtype);
  if (type === undefined) {
    throw new ParetoError(
      'data/type',
      `${title} contains elements of type ${dtype}, which no model input accepts. Save it as F32.`,
    );
  }
  const [start, end] = [dataStart + offsets[0], dataStart + offsets[1]];
  if (end - start !== productOf(shape) * type.widthBytes || end > source.sizeBytes) {
    throw new ParetoError(
      'data/damaged',
      `${title} is damaged: its shape, its position and the file size do not match. Download or copy the file again.`,
    );
  }
  if (shape.length === 0) {
    throw new ParetoError(
      'data/scalar',
      `${title} is a single value, not one per sample. Use a tensor with a sample axis.`,
    );
  }
  return rowArray({ name, title, type, shape, source: source.slice(start, end), columnMajor: false });
}

function elementType(dtype: string): ElementType | undefined {
  if (dtype === 'BF16') return { dtype: 'float32', widthBytes: 2, bigEndian: false, encoding: 'bfloat16' };
  return numericType(ownValue(typeNames, dtype) ?? '');
}

function headerBytes(start: Uint8Array): bigint {
  return new DataView(start.buffer, start.byteOffset, start.byteLength).getBigUint64(0, true);
}

function damaged(path: string, what: string, cause?: unknown): ParetoError {
  return new ParetoError('data/damaged', `"${path}" is damaged: ${what}. Download or copy it again.`, { cause });
}
