import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerOf, CountingSource, memoryFile, noDecoder, quietContext } from '../../testing/memory-files';
import { readSamples, valuesOf } from '../../testing/read-samples';
import { openParquet } from './parquet';
import { checkPages } from './parquet-pages';
import { ThriftReader } from './thrift-compact';

const fixtures = 'src/engine/data/readers/fixtures/';
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(`${fixtures}parquet/${name}.parquet`));
const open = (name: string, bytes: Uint8Array) =>
  openParquet([memoryFile(`${name}.parquet`, bytes)], name, noDecoder, quietContext);

describe('openParquet', () => {
  it('tells classes that the file numbers itself from sorted texts', async () => {
    const hub = [0, 1].map((part) => `train-0000${part}-of-00002.parquet`);
    const files = hub.map((name) => memoryFile(name, new Uint8Array(readFileSync(`${fixtures}hub/${name}`))));
    const declared = (await openParquet(files, 'hub', noDecoder, quietContext)).description.fields;
    const sorted = (await open('classes', fixture('classes'))).description.fields;
    for (const [fields, isDeclared] of [
      [declared, true],
      [sorted, undefined],
    ] as const) {
      expect(fields.find(({ kind }) => kind === 'class')).toBeDefined();
      expect(fields.find(({ kind }) => kind === 'class')?.areClassesDeclared).toBe(isDeclared);
    }
  });

  it('reads only the columns and row groups that are asked for', async () => {
    const bytes = fixture('small-pages');
    const source = new CountingSource(bytes);
    const dataset = await openParquet([{ path: 'x.parquet', source }], 'x', noDecoder, quietContext);
    const before = source.readBytes;
    expect(valuesOf(await readSamples(dataset, ['small'], [6]), 'small')).toEqual([6]);
    expect(source.readBytes - before).toBeLessThan(bytes.length / 20);
  });

  it('marks a column of numbers that looks like the label', async () => {
    const text = Buffer.from(fixture('plain')).toString('latin1');
    // The same length: nothing else in the file moves.
    const { description } = await open(
      'labels',
      new Uint8Array(Buffer.from(text.replaceAll('small', 'label'), 'latin1')),
    );
    expect(description.fields.filter(({ looksLikeLabel }) => looksLikeLabel)).toEqual([
      { name: 'label', kind: 'numbers', dtype: 'int8', shape: [], looksLikeLabel: true },
    ]);
    expect(description.fields.at(-1)).toMatchObject({ name: 'features', shape: [6] });
    expect(description.notes.join(' ')).toMatch(/6 columns of numbers in their order/);
  });

  it('leaves out an index of pandas, and tells a last column of classes from one of measurements', async () => {
    const roles = async (name: string) => {
      const { fields, notes } = (await open(name, fixture(name))).description;
      const label = fields.find(({ looksLikeLabel }) => looksLikeLabel)?.name;
      return { label, features: fields.at(-1)?.columns, notes: notes.join(' ') };
    };
    const notes = expect.stringMatching(/"__index_level_0__" only identifies rows/);
    expect(await roles('indexed-serial')).toEqual({ label: undefined, features: ['length', 'serial'], notes });
    expect(await roles('indexed-stage')).toEqual({ label: 'stage', features: ['length', 'stage'], notes });
  });

  it('reads columns together in the order that is asked for', async () => {
    const dataset = await open('small-pages', fixture('small-pages'));
    const columns = ['word', 'flag', 'small'];
    const values = valuesOf(await readSamples(dataset, [{ name: 'chosen', columns }, 'small'], [0, 5]), 'chosen');
    expect(values).toEqual([
      [0, 1, 0],
      [5, 0, 5],
    ]);
    const unknown = () => readSamples(dataset, [{ name: 'chosen', columns: ['nowhere'] }]);
    expect(await answerOf(unknown)).toMatch(/^There is no field "nowhere" in "small-pages"\. It has "flag", /);
  });

  it('loses the samples of a damaged row group and reads the others', async () => {
    const bytes = fixture('classes');
    // The first row group, behind the magic number.
    const damaged = bytes.map((byte, at) => (at >= 4 && at < 60 ? 0xff : byte));
    const dataset = await open('classes', damaged);
    const values = valuesOf(await readSamples(dataset, ['width']), 'width');
    expect(values).toEqual([
      expect.stringMatching(/^"classes.parquet", row 0 of row group 0: "classes.parquet" is damaged/),
      expect.stringMatching(/^"classes.parquet", row 1 of row group 0: "classes.parquet" is damaged/),
      3.5,
    ]);
  });

  it('refuses parts that are no parts of one table, and a file that is cut short', async () => {
    const files = ['classes', 'ragged'].map((name) => memoryFile(`${name}.parquet`, fixture(name)));
    const answer = await answerOf(() => openParquet(files, 'both', noDecoder, quietContext));
    expect(answer).toMatch(/"ragged.parquet" has the columns ids, but the first file width, height, species/);
    const cut = fixture('classes').subarray(0, 300);
    expect(await answerOf(() => open('cut', cut))).toBe(
      '"cut.parquet" is damaged: it is cut short. Download or copy it again.',
    );
  });
});

describe('checkPages', () => {
  /** A page of three values with dictionary encoding, whose only run says that it holds `count`. */
  const page = (count: number, values = 3): Uint8Array => {
    const run = count * 2;
    const content = [1, (run & 0x7f) | 0x80, ((run >> 7) & 0x7f) | 0x80, (run >> 14) & 0x7f, 0];
    // Type 0, both sizes 5, and a data page header with count and encoding 8, in Thrift's compact protocol.
    const header = [0x15, 0, 0x15, 10, 0x15, 10, 0x2c, 0x15, values * 2, 0x15, 16, 0, 0];
    return Uint8Array.from([...header, ...content]);
  };
  const check = (bytes: Uint8Array) => () =>
    checkPages({ bytes, codec: 'UNCOMPRESSED', levels: { definition: 0, repetition: 0 }, isBoolean: false });

  it('refuses runs and pages that claim more than there is', () => {
    expect(check(page(3))).not.toThrow();
    expect(check(page(100_000))).toThrow('A run is longer than its page.');
    expect(check(page(3).subarray(0, 15))).toThrow('A page is longer than its column.');
  });
});

describe('ThriftReader', () => {
  const read =
    (...bytes: number[]) =>
    () =>
      new ThriftReader(Uint8Array.from(bytes), 0).struct();

  it('reads numbers, texts, lists and structures by their field numbers', () => {
    expect(read(0x15, 3, 0x18, 2, 0x61, 0x62, 0x19, 0x25, 2, 4, 0x1c, 0x11, 0, 0)()).toEqual(
      new Map<number, unknown>([
        [1, -2],
        [2, Uint8Array.of(0x61, 0x62)],
        [3, [1, 2]],
        [4, new Map([[1, true]])],
      ]),
    );
  });

  it('refuses a length beyond the bytes', () => {
    expect(read(0x19, 0xf5, 0xff, 0xff, 0xff, 0x7f)).toThrow('A list is longer');
    expect(read(0x18, 0xff, 0xff, 0x7f)).toThrow('A text is longer');
    expect(read(...Array.from({ length: 100 }, () => 0x1c))).toThrow('nested too deeply');
    expect(read(0x16, ...Array.from({ length: 20 }, () => 0xff))).toThrow('A number is too long');
    expect(read(0x15)).toThrow('ends too early');
  });
});
