/** Every reader against files that NumPy, PyArrow, safetensors, pandas and ONNX wrote (tools/golden/data_readers.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { float16ToFloat32 } from '../../onnx/half-float';
import type { DataFile, Dataset, FieldValue, SampleRead } from '../dataset';
import { openDataset } from '../open-dataset';
import { answerOf, memoryFile, noDecoder, quietContext } from '../testing/memory-files';

interface GoldenField {
  readonly kind: string;
  readonly dtype: string;
  readonly shape: readonly (number | null)[];
  readonly classes?: readonly string[];
  readonly values: readonly (number | string)[];
}

interface GoldenCase {
  readonly files: readonly string[];
  readonly samples: number;
  readonly fields: Readonly<Record<string, GoldenField>>;
  /** Texts that the notes must contain. */
  readonly notes?: readonly string[];
}

const folder = 'src/engine/data/readers/fixtures';
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8')) as readonly GoldenCase[];

function file(name: string): DataFile {
  return memoryFile(name.slice(name.indexOf('/') + 1), new Uint8Array(readFileSync(`${folder}/${name}`)));
}

const open = (names: readonly string[]): Promise<Dataset> =>
  openDataset(names.map(file), { decoder: noDecoder, context: quietContext });

async function collect(dataset: Dataset, indices: readonly number[], ...fields: string[]): Promise<SampleRead[]> {
  const samples: SampleRead[] = [];
  for await (const sample of dataset.read(indices, fields, quietContext)) samples.push(sample);
  return samples;
}

/** Numbers as the script writes them: whole ones of 64 bits and floats as text. */
function textsOf(value: FieldValue): readonly (number | string)[] {
  if (value.kind === 'picture') return Array.from(value.picture.pixels);
  if (value.kind !== 'tensor') return [];
  const { dtype, data } = value.tensor;
  if (dtype === 'string') return data as readonly string[];
  const numbers = dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : data;
  return Array.from(numbers as ArrayLike<number | bigint>, (number) =>
    typeof number === 'bigint' ? String(number) : dtype.startsWith('float') ? String(number) : number,
  );
}

const pick = ({ kind, dtype, shape, classes }: Omit<GoldenField, 'values'>) => ({ kind, dtype, shape, classes });

const expected = (values: readonly (number | string)[], dtype: string): readonly (number | string)[] =>
  dtype.startsWith('float') ? values.map((value) => String(Number(value))) : values;

describe('readers, against the tools that write such files', () => {
  it.each(cases.map((golden) => [golden.files.join(', '), golden] as const))('reads %s', async (_, golden) => {
    const dataset = await open(golden.files);
    const { description } = dataset;
    expect(description.samples).toBe(golden.samples);
    const about = description.fields.map((each) => [each.name, pick(each)]);
    // A safetensors file has tensors in an order of its own.
    expect(Object.fromEntries(about)).toEqual(
      Object.fromEntries(Object.entries(golden.fields).map(([name, each]) => [name, pick(each)])),
    );
    for (const note of golden.notes ?? []) expect(description.notes.join(' ')).toContain(note);
    expect(description.fields).toHaveLength(Object.keys(golden.fields).length);
    const names = Object.keys(golden.fields);
    const read = new Map(names.map((name) => [name, [] as (number | string)[]]));
    const indices = Array.from({ length: description.samples }, (__, index) => index);
    for await (const sample of dataset.read(indices, names, quietContext)) {
      if (!('values' in sample)) throw new Error(`${sample.place}: ${sample.reason}`);
      for (const name of names) read.get(name)!.push(...textsOf(sample.values[name]!));
    }
    for (const name of names) {
      const { values, dtype } = golden.fields[name]!;
      expect([name, read.get(name)]).toEqual([name, expected(values, dtype)]);
    }
  });

  it.each([
    ['npy/objects.npy', /"objects.npy" contains Python objects/],
    ['npy/records.npy', /"records.npy" is an array of records/],
    ['npy/complex.npy', /"complex.npy" contains elements of NumPy type "<c8"/],
  ])('refuses %s', async (name, sentence) => {
    expect(await answerOf(() => open([name]))).toMatch(sentence);
  });

  it('reads any samples of any field in any order', async () => {
    for (const golden of cases) {
      const dataset = await open(golden.files);
      const name = Object.keys(golden.fields).at(-1)!;
      const { values, dtype } = golden.fields[name]!;
      const size = values.length / golden.samples;
      const last = golden.samples - 1;
      const order = [last, 0, last, last];
      let at = 0;
      for await (const sample of dataset.read(order, [name], quietContext)) {
        expect(sample.index).toBe(order[at]);
        const part = values.slice(order[at]! * size, (order[at]! + 1) * size);
        if ('values' in sample) expect(textsOf(sample.values[name]!)).toEqual(expected(part, dtype));
        else throw new Error(sample.reason);
        at += 1;
      }
      expect(at).toBe(order.length);
    }
  });

  it('reports rows without a value in their place and reads the others', async () => {
    const dataset = await open(['parquet/missing.parquet']);
    const reads = await collect(dataset, [0, 1, 2], 'x');
    expect(reads.map((read) => 'values' in read)).toEqual([true, false, true]);
    expect(reads[1]).toMatchObject({ place: expect.stringContaining('row 1'), reason: expect.stringContaining('"x"') });
    // A null has no place among the values that are stored: what follows must not move up.
    expect(reads[2]).toMatchObject({ values: { x: { tensor: { data: Float64Array.of(3) } } } });
    const others = await collect(dataset, [0, 1, 2], 'y');
    expect(others.map((read) => ('values' in read ? textsOf(read.values['y']!) : []))).toEqual([['0'], ['1'], ['2']]);
  });

  it('keeps the list length open if rows differ', async () => {
    const dataset = await open(['parquet/ragged.parquet']);
    expect(dataset.description.fields[0]).toMatchObject({ name: 'ids', shape: [null] });
    const reads = await collect(dataset, [0, 1, 2], 'ids');
    const lists = reads.map((read) => ('values' in read ? textsOf(read.values['ids']!) : []));
    expect(lists).toEqual([[1, 2], [3], [4, 5, 6]]);
  });

  it('names the unsupported compression', async () => {
    expect(await answerOf(() => open(['parquet/brotli.parquet']))).toMatch(/"brotli.parquet".*BROTLI/);
  });

  it('refuses a field that is not there', async () => {
    const dataset = await open(['npz/stored.npz']);
    expect(await answerOf(() => collect(dataset, [0], 'nothing'))).toMatch(/no field "nothing" in "stored.npz"/);
  });
});
