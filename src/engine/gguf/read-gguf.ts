/**
 * GGUF files, the format of llama.cpp: metadata and named tensors. Source: docs/gguf.md of the ggml repository, versions 2 and 3. Only
 * the header is read. Tensors stay windows of the file.
 */
import { formatList, formatQuoted } from '../format';
import type { ByteSource } from '../onnx/byte-source';
import { damagedGguf, HeaderCursor, unsupportedGguf } from './header-cursor';
import { isGguf, magicBytes } from './is-gguf';
import { ggufType, ggufTypeName, ggufTypeNames, type GgufType } from './tensor-types';
import { productOf } from '../product-of';

export type GgufScalar = number | boolean | string;
/** Items of a list. A list whose items nobody reads is empty. */
export type GgufList = readonly string[] | Float64Array;

export interface GgufTensor {
  readonly type: GgufType;
  /** Row-major: the sizes of the file in reverse order. */
  readonly dims: readonly number[];
  /** The stored bytes. */
  readonly source: ByteSource;
}

export interface GgufFile {
  /** Without long texts. */
  readonly metadata: ReadonlyMap<string, GgufScalar | GgufList>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const mostEntries = 65_536;
const longestKey = 65_535;
/** Vocabularies have up to 300,000 tokens and as many merges. */
const mostItems = 1 << 21;
/** Lists that are read. Others, such as tables of other programs, take no memory. */
const knownLists: ReadonlySet<string> = new Set(
  ['tokens', 'scores', 'token_type', 'merges'].map((name) => `tokenizer.ggml.${name}`),
);
/** Longer texts are skipped: nobody reads them. */
const longestText = 1024;
export const chatTemplateKey = 'tokenizer.chat_template';
const longestTemplate = 1 << 16;
const mostDims = 4;
const usualAlignment = 32;
const largestAlignment = 1 << 20;

/**
 * Reads the header of a file. Throws `format/gguf-damaged` for counts, sizes, texts and places that are beyond the file
 * or beyond every real model. Throws `format/gguf-unsupported` with a sentence for other versions, big-endian and split
 * files, and tensors of other types.
 */
export function readGguf(source: ByteSource): GgufFile {
  if (!isGguf(source)) throw damagedGguf('it does not begin with "GGUF"');
  const cursor = new HeaderCursor(source);
  cursor.position = magicBytes;
  assertVersion(cursor.uint32());
  const tensorCount = limited(cursor.uint64(), mostEntries, 'tensors');
  const entryCount = limited(cursor.uint64(), mostEntries, 'entries of metadata');
  const metadata = readMetadata(cursor, entryCount);
  refuseSplit(metadata);
  const infos = Array.from({ length: tensorCount }, () => readInfo(cursor));
  const alignment = alignmentOf(metadata);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const info of infos) {
    if (tensors.has(info.name)) throw damagedGguf(`it has two tensors ${formatQuoted(info.name)}`);
    tensors.set(info.name, placed(info, source, dataStart));
  }
  refuseOverlaps(infos);
  return { metadata, tensors };
}

function assertVersion(version: number): void {
  if (version === 2 || version === 3) return;
  if (version > 0xffff && (version & 0xffff) === 0) {
    throw unsupportedGguf(
      'This GGUF file is big-endian. Convert it to little-endian with the script "gguf-convert-endian".',
    );
  }
  throw unsupportedGguf(
    `This GGUF file has version ${version}. Versions 2 and 3 are supported: write it again with "llama-quantize" of llama.cpp.`,
  );
}

function limited(count: number, most: number, what: string): number {
  if (count <= most) return count;
  throw damagedGguf(`it states ${count} ${what}`);
}

function readMetadata(cursor: HeaderCursor, count: number): GgufFile['metadata'] {
  const metadata = new Map<string, GgufScalar | GgufList>();
  const types = scalarTypes(cursor);
  const seen = new Set<string>();
  for (let entry = 0; entry < count; entry++) {
    const key = cursor.string();
    if (key.length > longestKey) throw damagedGguf('a name of metadata is too long');
    if (seen.has(key)) throw damagedGguf(`its metadata has two entries ${formatQuoted(key)}`);
    seen.add(key);
    const value = readValue(cursor, types, key);
    if (value !== undefined) metadata.set(key, value);
  }
  return metadata;
}

const arrayCode = 9;

interface ScalarType {
  /** Absent: a text, which states its length. */
  readonly sizeBytes?: number;
  readonly read: () => GgufScalar;
}

/** By the codes of the format. */
const scalarTypes = (cursor: HeaderCursor): ReadonlyMap<number, ScalarType> =>
  new Map<number, ScalarType>([
    [0, { sizeBytes: 1, read: cursor.uint8 }],
    [1, { sizeBytes: 1, read: cursor.int8 }],
    [2, { sizeBytes: 2, read: cursor.uint16 }],
    [3, { sizeBytes: 2, read: cursor.int16 }],
    [4, { sizeBytes: 4, read: cursor.uint32 }],
    [5, { sizeBytes: 4, read: cursor.int32 }],
    [6, { sizeBytes: 4, read: cursor.float32 }],
    [7, { sizeBytes: 1, read: () => cursor.uint8() !== 0 }],
    [8, { read: cursor.string }],
    [10, { sizeBytes: 8, read: cursor.uint64 }],
    [11, { sizeBytes: 8, read: cursor.int64 }],
    [12, { sizeBytes: 8, read: cursor.float64 }],
  ]);

/** `undefined` for a text that is skipped. */
function readValue(
  cursor: HeaderCursor,
  types: ReadonlyMap<number, ScalarType>,
  key: string,
): GgufScalar | GgufList | undefined {
  const code = cursor.uint32();
  const isList = code === arrayCode;
  const type = types.get(isList ? cursor.uint32() : code);
  if (type === undefined) throw damagedGguf(`the value of ${formatQuoted(key)} has an unknown type`);
  const longest = key === chatTemplateKey ? longestTemplate : longestText;
  if (!isList) return type.sizeBytes === undefined ? cursor.stringUpTo(longest) : type.read();
  const count = limited(cursor.uint64(), mostItems, `items in ${formatQuoted(key)}`);
  if (knownLists.has(key)) return readList(cursor, type, count);
  if (type.sizeBytes !== undefined) cursor.skip(count * type.sizeBytes);
  else for (let item = 0; item < count; item++) cursor.stringUpTo(0);
  return [];
}

/** The list grows with the file: a count that the file does not hold takes no memory. */
function readList(cursor: HeaderCursor, { sizeBytes, read }: ScalarType, count: number): GgufList {
  if (sizeBytes !== undefined) {
    cursor.assertHolds(count * sizeBytes);
    return Float64Array.from({ length: count }, () => Number(read()));
  }
  const items: string[] = [];
  for (let item = 0; item < count; item++) items.push(String(read()));
  return items;
}

function refuseSplit(metadata: GgufFile['metadata']): void {
  const parts = metadata.get('split.count');
  if (typeof parts !== 'number' || parts <= 1) return;
  throw unsupportedGguf(
    `This file is one of ${parts} parts of a GGUF model. Join them with "llama-gguf-split --merge", then open the result.`,
  );
}

interface TensorInfo {
  readonly name: string;
  readonly type: GgufType;
  readonly dims: readonly number[];
  readonly storedBytes: number;
  readonly offset: number;
}

function readInfo(cursor: HeaderCursor): TensorInfo {
  const name = cursor.string();
  const title = `the tensor ${formatQuoted(name)}`;
  const rank = cursor.uint32();
  if (rank > mostDims) throw damagedGguf(`${title} has ${rank} dimensions`);
  const sizes = Array.from({ length: rank }, cursor.uint64);
  const code = cursor.uint32();
  const offset = cursor.uint64();
  const type = ggufType(code);
  if (type === undefined) {
    throw unsupportedGguf(
      `The tensor ${formatQuoted(name)} has the type ${ggufTypeName(code)}. Supported types are ${formatList(ggufTypeNames)}: download another file of the model.`,
    );
  }
  const elements = productOf(sizes);
  const hasWholeBlocks = (sizes[0] ?? 1) % type.blockElements === 0;
  if (!Number.isSafeInteger(elements) || elements === 0 || !hasWholeBlocks) {
    throw damagedGguf(`${title} has the shape [${sizes.join(', ')}]`);
  }
  const storedBytes = (elements / type.blockElements) * type.blockBytes;
  return { name, type, dims: sizes.toReversed(), storedBytes, offset };
}

function alignmentOf(metadata: GgufFile['metadata']): number {
  const alignment = metadata.get('general.alignment') ?? usualAlignment;
  if (typeof alignment === 'number' && Number.isInteger(alignment) && alignment > 0 && alignment <= largestAlignment) {
    return alignment;
  }
  throw damagedGguf(`its alignment is ${formatQuoted(String(alignment))}`);
}

function placed(
  { name, type, dims, storedBytes, offset }: TensorInfo,
  file: ByteSource,
  dataStart: number,
): GgufTensor {
  const start = dataStart + offset;
  const end = start + storedBytes;
  if (end > file.sizeBytes) {
    throw damagedGguf(`the tensor ${formatQuoted(name)} ends at byte ${end}, and the file at ${file.sizeBytes}`);
  }
  return { type, dims, source: file.slice(start, end) };
}

/** Tensors that share bytes would make a small file an arbitrarily large model. */
function refuseOverlaps(infos: readonly TensorInfo[]): void {
  const ordered = infos.toSorted((a, b) => a.offset - b.offset);
  for (const [index, { name, offset }] of ordered.entries()) {
    const before = ordered[index - 1];
    if (before === undefined || before.offset + before.storedBytes <= offset) continue;
    throw damagedGguf(`the tensors ${formatQuoted(before.name)} and ${formatQuoted(name)} overlap`);
  }
}
