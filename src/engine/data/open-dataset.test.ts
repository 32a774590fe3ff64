import { readFileSync } from 'node:fs';
import { gzipSync, zipSync, type Zippable } from 'fflate';
import { describe, expect, it } from 'vitest';
import { ParetoError } from '../errors';
import type { DataFile } from './dataset';
import { hashDataset, openDataset } from './open-dataset';
import { answerOf, memoryFile, noDecoder, quietContext } from './testing/memory-files';
import { readSamples, valuesOf } from './testing/read-samples';

const fixtures = 'src/engine/data/readers/fixtures';
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(`${fixtures}/${name}`));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const files = (contents: Readonly<Record<string, Uint8Array>>): DataFile[] =>
  Object.entries(contents).map(([path, bytes]) => memoryFile(path, bytes));
const open = (contents: Readonly<Record<string, Uint8Array>>) =>
  openDataset(files(contents), { decoder: noDecoder, context: quietContext });
const refusal = (contents: Readonly<Record<string, Uint8Array>>) => answerOf(() => open(contents));

const table = text('x,label\n1,0\n2,1\n');
/** One gray pixel. */
const picture = new Uint8Array(
  Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==', 'base64'),
);

describe('openDataset', () => {
  it('recognizes the format by content, not by name', async () => {
    const formats: Record<string, string> = {};
    const names = [
      'npy/f4.npy',
      'npz/stored.npz',
      'parquet/snappy.parquet',
      'safetensors/data.safetensors',
      'idx/values.idx',
    ];
    for (const name of names) formats[name] = (await open({ unnamed: fixture(name) })).description.format;
    expect(Object.values(formats)).toEqual(['npy', 'npz', 'parquet', 'safetensors', 'idx']);
    expect((await open({ unnamed: table })).description.format).toBe('csv');
    expect((await open({ 'iris.data': table })).description.format).toBe('csv');
  });

  it('opens the content of a zip or gzip file', async () => {
    const inner = { 'data/a.npz': fixture('npz/stored.npz'), '__MACOSX/data/._a.npz': text('x') };
    const { description } = await open({ 'all.zip': zipSync(inner) });
    expect([description.name, description.format, description.samples]).toEqual(['a.npz', 'npz', 6]);
    const packed = await open({ 'table.csv.gz': gzipSync(table) });
    expect([packed.description.format, packed.description.samples]).toEqual(['csv', 2]);
    const pictures: Zippable = { 'set/cat/1.png': picture, 'set/dog/2.png': picture };
    const folder = await open({ 'pictures.zip': zipSync(pictures) });
    expect([folder.description.name, folder.description.format, folder.description.samples]).toEqual([
      'pictures.zip',
      'pictures',
      2,
    ]);
    expect(folder.description.fields.map(({ name, classes }) => [name, classes])).toContainEqual([
      'folder',
      ['cat', 'dog'],
    ]);
  });

  it('takes several zips as folders', async () => {
    const dataset = await open({
      'cat.zip': zipSync({ '1.png': picture }),
      'dog.zip': zipSync({ '1.png': picture, '2.png': picture }),
    });
    expect(valuesOf(await readSamples(dataset, ['folder']), 'folder')).toEqual([0n, 1n, 1n]);
  });

  it('numbers classes that have nothing to read: empty folders of a zip, and folders of other files', async () => {
    const zip = zipSync({ 'set/a/1.png': picture, 'set/b/': new Uint8Array(0), 'set/c/1.png': picture });
    const zipped = await open({ 'set.zip': zip });
    expect(zipped.description.notes.join()).toContain('Classes without a sample');
    expect(valuesOf(await readSamples(zipped, ['folder']), 'folder')).toEqual([0n, 2n]);
    const loose = { 'set/a/1.png': picture, 'set/c/1.png': picture };
    for (const path of ['set/b/.DS_Store', 'set/b/1.bmp', 'set/b/']) {
      const dataset = await open({ ...loose, [path]: new Uint8Array(0) });
      expect(dataset.description.fields[1]!.classes).toEqual(['a', 'b', 'c']);
      expect(await hashDataset(dataset, quietContext)).not.toBe(await hashDataset(await open(loose), quietContext));
    }
    expect(await refusal({ 'set/': new Uint8Array(0) })).toBe(
      'There is no file to read data from. Choose one or more files.',
    );
  });

  it('reads the samples of deflated arrays in a zip in a zip', async () => {
    const dataset = await open({ 'outer.zip': zipSync({ 'inner.npz': fixture('npz/deflated.npz') }) });
    expect(valuesOf(await readSamples(dataset, ['labels', 'names']), 'labels')).toEqual([0n, 1n, 2n, 0n, 1n, 2n]);
  });

  it('opens the main format of mixed files and lists the omitted ones', async () => {
    const mixed = {
      'set/a.npz': fixture('npz/stored.npz'),
      'set/README.md': text('# Read me'),
      'set/.DS_Store': text('x'),
    };
    const { description } = await open(mixed);
    expect([description.name, description.format]).toEqual(['a.npz', 'npz']);
    expect(description.notes.at(-1)).toBe('Left out: set/README.md.');
    const test = {
      'm/model.onnx': new Uint8Array(5000),
      'm/test_data_set_0/input_0.pb': fixture('model/test_data_set_0/input_0.pb'),
    };
    expect((await open(test)).description).toMatchObject({ name: 'm', format: 'onnx-test-data', samples: 1 });
  });

  it('gives pictures the table of labels beside them, though it is larger', async () => {
    const labels = text(`file,size\n1.png,4\n2.png,5\n${'\n'.repeat(500)}`);
    const { description } = await open({ 'set/1.png': picture, 'set/2.png': picture, 'set/labels.csv': labels });
    expect(description.format).toBe('pictures');
    expect(description.fields.map(({ name }) => name)).toEqual(['image', 'size']);
  });

  it('opens the test files of several splits in any order', async () => {
    const train = text('x,label\n1,0\n2,1\n3,0\n4,1\n');
    const { description } = await open({ 'train.csv': train, 'test.csv': table });
    expect([description.name, description.samples]).toEqual(['test.csv', 2]);
    expect(description.notes.at(-1)).toBe('Left out: train.csv.');
    const images = fixture('idx/t10k-images-idx3-ubyte');
    const labels = fixture('idx/t10k-labels-idx1-ubyte');
    const one = await open({ 't10k-images-idx3-ubyte': images, 't10k-labels-idx1-ubyte': labels });
    const other = await open({ 't10k-labels-idx1-ubyte': labels, 't10k-images-idx3-ubyte': images });
    expect(await hashDataset(one, quietContext)).toBe(await hashDataset(other, quietContext));
  });

  it.each(['le', 'be'])('reads tables in UTF-16 (%s), as spreadsheet programs save “Unicode text”', async (order) => {
    const littleEndian = Buffer.from(`\ufeff${'city\tx\tlabel\r\nZürich\t1\ta\r\nTōkyō 😀\t2.5\tb\r\n'}`, 'utf16le');
    const unicodeText = new Uint8Array(order === 'le' ? littleEndian : littleEndian.swap16());
    for (const name of ['cities.txt', 'cities.csv', 'cities']) {
      const dataset = await open({ [name]: unicodeText });
      expect(dataset.description).toMatchObject({ format: 'csv', samples: 2 });
      const [, second] = await readSamples(dataset, ['city', 'x']);
      expect(second).toMatchObject({ values: { city: { tensor: { data: ['Tōkyō 😀'] } } } });
      expect(valuesOf([second!], 'x')).toEqual([2.5]);
    }
    const labels = new Uint8Array(Buffer.from('\ufefffile\tclass\r\n1.png\tÜ\r\n', 'utf16le'));
    const pictures = await open({ '1.png': picture, 'labels.csv': labels });
    expect(pictures.description.fields).toContainEqual(expect.objectContaining({ name: 'class', classes: ['Ü'] }));
  });

  it('accepts a table with few uneven rows and names the lines if too many are uneven', async () => {
    const rows = Array.from({ length: 9 }, (_, row) => `${row},${row % 2}`);
    const { description } = await open({ 'table.txt': text(['x,label', ...rows, '1,2,3'].join('\n')) });
    expect([description.format, description.samples]).toEqual(['csv', 10]);
    expect(description.notes.at(-1)).toMatch(/^The row at line 11 has more or fewer cells/);
    expect(await refusal({ 'table.txt': text('a,b\n1,2\n\n3\n4\n5,6\n') })).toBe(
      '"table.txt" is text, but not a table, because too many rows differ in their number of cells: line 1 has 2 cells, line 4 has 1. Use a CSV or TSV file with the same number in each row.',
    );
  });

  it('reads a text file of sentences with a text on each line, also without a tokenizer', async () => {
    for (const lines of [
      'A nice day, isn’t it?\nThe train, the bus, or a walk\n\nGood',
      '机器学习很有趣\n今天天气很好',
    ]) {
      const { description } = await open({ 'texts.txt': new Uint8Array(Buffer.from(lines)) });
      expect(description).toMatchObject({ format: 'text-lines', fields: [{ name: 'text', kind: 'text' }] });
    }
  });

  it('names the unreadable file and its kind', async () => {
    expect(await refusal({})).toBe('There is no file to read data from. Choose one or more files.');
    expect(await refusal({ 'model.onnx': Uint8Array.of(8, 9) })).toBe(
      '"model.onnx" is a model, not data. Open it as the model.',
    );
    expect(await refusal({ noise: Uint8Array.of(1, 2, 3, 4) })).toMatch(/"noise" is not in a supported data format/);
    const hdf5 = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
    expect(await refusal({ weights: hdf5 })).toMatch(/"weights" is an HDF5 file/);
    expect(await refusal({ 'README.md': text('# Some text\nwithout a table') })).toMatch(
      /"README.md" is text, but not a table/,
    );
    expect(await refusal({ 'data.pkl': Uint8Array.of(0x80, 4, 0x95) })).toMatch(/"data.pkl" is a Python pickle/);
    expect(await refusal({ 'empty.npz': new Uint8Array(0) })).toMatch(/"empty.npz" is empty/);
    expect(await refusal({ 'weights.pt': zipSync({ 'w/data.pkl': text('x') }) })).toMatch(
      /"weights.pt" is a Python pickle/,
    );
    expect(await refusal({ 'song.mp3': text('ID3xx') })).toMatch(/"song.mp3" is a sound.*ffmpeg/);
    expect(await refusal({ 'a.tar.gz': gzipSync(text('x')) })).toMatch(/"a.tar" is an archive/);
    const two = { 'a.zip': zipSync({ 'b.zip': zipSync({ 'c.txt': text('c') }) }) };
    expect(await refusal(two)).toMatch(/"b.zip" is a zip file inside a zip file/);
    const several = { 'a.pdf': text('%PDF-1'), 'b.mp4': text('xxxxftyp'), 'c.tif': text('II*\0') };
    expect(await refusal(several)).toMatch(/"a.pdf" is a PDF document.*The other 2/);
    expect(await refusal({ 'broken.zip': zipSync({ 'a.png': picture }).subarray(0, 100) })).toMatch(
      /"broken.zip" is cut short/,
    );
  });

  it('stops when it is canceled', async () => {
    const canceled = new Error('canceled');
    const context = { ...quietContext, checkpoint: () => Promise.reject(canceled) };
    await expect(openDataset(files({ 'a.csv': table }), { decoder: noDecoder, context })).rejects.toBe(canceled);
    const dataset = await open({ 'a.npy': fixture('npy/f4.npy') });
    await expect(dataset.read([0], ['a'], context)[Symbol.asyncIterator]().next()).rejects.toBe(canceled);
  });
});

describe('hashDataset', () => {
  it('changes with a path, a byte or the end of a file', async () => {
    const hash = async (contents: Readonly<Record<string, Uint8Array>>) =>
      hashDataset(await open(contents), quietContext);
    const first = await hash({ 'a.csv': table });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash({ 'a.csv': table })).toBe(first);
    expect(await hash({ 'b.csv': table })).not.toBe(first);
    expect(await hash({ 'a.csv': text('x,label\n1,0\n2,0\n') })).not.toBe(first);
  });

  it('continues after a damaged file in a zip', async () => {
    const dataset = await open({ 'a.csv': table });
    const damaged: DataFile = {
      path: 'b.csv',
      source: {
        sizeBytes: 1000,
        read() {
          throw new ParetoError('data/damaged', '"b.csv" is damaged.');
        },
        slice() {
          return this;
        },
      },
    };
    const withDamaged = { ...dataset, files: [...dataset.files, damaged] };
    expect(await hashDataset(withDamaged, quietContext)).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashDataset(withDamaged, quietContext)).not.toBe(await hashDataset(dataset, quietContext));
  });

  it('unpacks no file that is a thousand times larger than its stored bytes', async () => {
    const zeros = new Uint8Array(2 ** 22);
    const dataset = await open({ 'photos.zip': zipSync({ 'cat/a.png': picture, 'dog/bomb.png': zeros }) });
    let hashed = 0;
    const createHash = () => ({
      update: (bytes: Uint8Array) => void (hashed += bytes.length),
      digestHex: () => '0'.repeat(64),
    });
    await hashDataset(dataset, { ...quietContext, createHash });
    expect(hashed).toBeGreaterThan(zeros.length / 1032);
    expect(hashed).toBeLessThan(zeros.length / 100);
  });

  it('continues after a file in a zip that cannot be unpacked', async () => {
    const bytes = zipSync({ 'cat/a.png': picture, 'dog/b.png': picture });
    const entry = bytes.findLastIndex((_, at) => bytes[at] === 0x50 && bytes[at + 1] === 0x4b && bytes[at + 2] === 1);
    const encrypted = bytes.with(entry + 8, bytes[entry + 8]! | 1);
    const dataset = await open({ 'photos.zip': encrypted });
    const [cat, dog] = await readSamples(dataset, ['image']);
    expect([cat, dog]).toMatchObject([
      { index: 0 },
      { index: 1, reason: expect.stringContaining('password') as string },
    ]);
    expect(await hashDataset(dataset, quietContext)).toMatch(/^[0-9a-f]{64}$/);
  });
});
