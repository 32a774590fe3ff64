import fc from 'fast-check';
import { zipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DataFile, Dataset, PictureDecoder } from '../dataset';
import { answerOf, CountingSource, memoryFile, quietContext } from '../testing/memory-files';
import { readSamples } from '../testing/read-samples';
import { listedFolder } from './listed-folder';
import { openPictureFolder } from './picture-folder';
import { openZip } from './archives/zip';

const png = readFileSync(new URL('../pictures/fixtures/files/gray.png', import.meta.url));
const noDecoder: PictureDecoder = { decode: () => Promise.reject(new Error('Nothing here is JPEG or WebP.')) };
const pictures = (...paths: string[]) => paths.map((path) => memoryFile(path, png));
const table = (text: string, path = 'labels.csv') => memoryFile(path, new TextEncoder().encode(text));
const open = (files: readonly DataFile[]) => openPictureFolder(files, 'data', noDecoder);

/** The values of a field of every sample, or the reason why there is none. */
async function labels(dataset: Dataset, field: string): Promise<(number | string)[]> {
  const samples = await readSamples(dataset, [field]);
  return samples.map((sample) => {
    if (!('values' in sample)) return `${sample.place}: ${sample.reason}`;
    const value = sample.values[field]!;
    return value.kind === 'tensor' ? Number(value.tensor.data[0]) : value.kind;
  });
}

describe('openPictureFolder', () => {
  it('takes the sorted names of sub-folders as classes and sorts the pictures by path', async () => {
    const dataset = open(pictures('set/dog/2.png', 'set/dog/10.png', 'set/cat/1.png', 'set/Zebra/1.png'));
    expect(dataset.description).toMatchObject({ format: 'pictures', samples: 4, notes: [] });
    expect(dataset.description.fields).toEqual([
      { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, null] },
      { name: 'folder', kind: 'class', dtype: 'int64', shape: [], classes: ['Zebra', 'cat', 'dog'] },
    ]);
    expect(dataset.files.map(({ path }) => path)).toEqual([
      'set/Zebra/1.png',
      'set/cat/1.png',
      'set/dog/10.png',
      'set/dog/2.png',
    ]);
    expect(await labels(dataset, 'folder')).toEqual([0, 1, 2, 2]);
  });

  it('has no classes if all pictures lie in the given folder or in one generic folder', () => {
    for (const paths of [['a.png', 'b.png'], ['x/a.png'], ['x/images/a.png', 'x/images/b.png'], ['x/val2017/a.png']]) {
      expect(open(pictures(...paths)).description.fields.map(({ name }) => name)).toEqual(['image']);
    }
  });

  it('takes a single sub-folder for a class, and says so', async () => {
    const dataset = open(pictures('x/cat/a.png', 'x/cat/b.png'));
    expect(dataset.description.fields[1]!.classes).toEqual(['cat']);
    expect(dataset.description.notes).toEqual([
      'All files are in the sub-folder "cat", which is used as their class. If it is not a class, open that folder instead.',
    ]);
    expect(await labels(dataset, 'folder')).toEqual([0, 0]);
  });

  it('numbers the classes of folders without pictures too, and says so', async () => {
    const empty = ['d/b/', 'd/bird/', 'd/annotations/', 'e/'].map(listedFolder);
    const dataset = open([...pictures('d/a/1.png', 'd/c/1.png'), ...empty]);
    expect(dataset.description.fields[1]!.classes).toEqual(['a', 'b', 'bird', 'c']);
    expect(dataset.description.notes).toEqual([
      'Classes without a sample, because no file in their folders can be read: d/b/, d/bird/.',
    ]);
    expect(await labels(dataset, 'folder')).toEqual([0, 3]);
    const one = open([...pictures('cat/1.png'), listedFolder('ape')]);
    expect(await labels(one, 'folder')).toEqual([1]);
    const none = open([...pictures('images/1.png'), listedFolder('ape')]);
    expect(none.description.fields).toHaveLength(1);
  });

  it('omits files without a class or picture and lists them', () => {
    const { description } = open([
      ...pictures('d/a/1.png', 'd/b/1.png', 'd/logo.png'),
      memoryFile('d/readme.txt', png),
    ]);
    expect(description.samples).toBe(2);
    expect(description.notes).toEqual([
      'Left out, because they are in no sub-folder and so have no class: d/logo.png.',
      'Left out, because they are not pictures: d/readme.txt.',
    ]);
  });

  it('says that folders of one name are one class', () => {
    const { description } = open(pictures('train/cat/1.png', 'train/dog/1.png', 'val/cat/1.png'));
    expect(description.fields[1]!.classes).toEqual(['cat', 'dog']);
    expect(description.notes[0]).toContain('Folders inside train, val');
  });

  it('refuses a folder without pictures with a sentence', async () => {
    expect(await answerOf(async () => open([table('a,b')]))).toBe(
      'There are no pictures in "data": PNG, JPEG, WebP and GIF are supported.',
    );
  });

  it('reads the start of the first picture on opening, then only the requested files', async () => {
    const counting = [new CountingSource(png), new CountingSource(png)];
    const dataset = open(counting.map((source, index) => ({ path: `${index}/x.png`, source })));
    await labels(dataset, 'folder');
    expect(counting.map(({ readBytes }) => readBytes)).toEqual([26, 0]);
    await readSamples(dataset, ['image'], [1]);
    expect(counting.map(({ readBytes }) => readBytes)).toEqual([26, png.length]);
  });

  it('reports that 16-bit gray is clipped and opens a picture with an unreadable start', () => {
    const depth = (name: string) =>
      readFileSync(new URL(`../pictures/fixtures/files/png-${name}.png`, import.meta.url));
    expect(open([memoryFile('x.png', depth('0-16'))]).description.notes).toEqual([
      '"x.png" is 16-bit gray: values over 255 become 255, as in Pillow. Use arrays (.npy) for the full range.',
    ]);
    for (const bytes of [
      depth('0-8'),
      depth('2-16'),
      depth('4-16'),
      depth('0-16').subarray(0, 25),
      new Uint8Array(0),
    ]) {
      expect(open([memoryFile('x.png', bytes)]).description.notes).toEqual([]);
    }
  });

  it('reports a picture that cannot be read in its place and goes on', async () => {
    const broken = memoryFile('a/b.png', png.subarray(0, 200));
    const samples = await readSamples(open([...pictures('a/a.png', 'b/c.png'), broken]), ['image', 'folder']);
    expect(samples[0]).toMatchObject({ index: 0, values: { image: { kind: 'picture' }, folder: { kind: 'tensor' } } });
    expect(samples[1]).toEqual({
      index: 1,
      place: 'a/b.png',
      reason: 'This PNG image ends too early: the file is incomplete. Copy it again.',
    });
    expect(samples[2]).toHaveProperty('values');
  });

  it('lets faults of the program and canceling through', async () => {
    const jpeg = memoryFile('a.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0));
    await expect(readSamples(open([jpeg]), ['image'])).rejects.toThrow('Nothing here is JPEG');
    const canceled = { ...quietContext, checkpoint: () => Promise.reject(new Error('canceled')) };
    await expect(readSamples(open(pictures('a.png')), ['image'], [0], canceled)).rejects.toThrow('canceled');
    await expect(readSamples(open(pictures('a.png')), ['pixels'])).rejects.toThrow('There is no field "pixels"');
  });

  it('reads the pictures of a zip', async () => {
    const zip = memoryFile('set.zip', zipSync({ cat: { '1.png': png }, dog: { '1.png': [png, { level: 0 }] } }));
    const samples = await readSamples(open(await openZip(zip, quietContext)), ['image', 'folder']);
    expect(samples.map((sample) => 'values' in sample)).toEqual([true, true]);
  });
});

describe('a table of labels', () => {
  it('becomes fields: integers, numbers, and classes sorted by name', async () => {
    const text = 'file,label,age,kind\nb.png,3,1.5,dog\n a.png ,1,2,cat\nmissing.png,0,0,cat\n';
    const dataset = open([...pictures('a.png', 'b.png', 'c.png'), table(text)]);
    expect(dataset.description.fields.slice(1)).toEqual([
      { name: 'label', kind: 'numbers', dtype: 'int64', shape: [] },
      { name: 'age', kind: 'numbers', dtype: 'float64', shape: [] },
      { name: 'kind', kind: 'class', dtype: 'int64', shape: [], classes: ['cat', 'dog'] },
    ]);
    expect(dataset.description.samples).toBe(2);
    expect(dataset.description.notes).toEqual([
      'Left out, because "labels.csv" does not name them: c.png.',
      'Rows of "labels.csv" that name no file, or one of several with the same name: 1.',
    ]);
    expect(await labels(dataset, 'label')).toEqual([1, 3]);
    expect(await labels(dataset, 'age')).toEqual([2, 1.5]);
    expect(await labels(dataset, 'kind')).toEqual([0, 1]);
  });

  it('takes the first of several rows for one file, and says so', async () => {
    const dataset = open([...pictures('a.png', 'b.png'), table('file,label\na.png,1\nb.png,0\na.png,5\n')]);
    expect(await labels(dataset, 'label')).toEqual([1, 0]);
    expect(dataset.description.notes).toEqual([
      'Named by several rows of "labels.csv", of which the first is used: a.png.',
    ]);
  });

  it('finds files by path from its folder, by name and by name without ending, and needs no header', async () => {
    const files = pictures('set/x/a.png', 'set/y/a.png', 'set/y/b.png');
    for (const [text, kept] of [
      ['x/a.png;5\ny/a.png;6\n', 2],
      ['b.png;5\n', 1],
      ['b;7\n', 1],
      // Two files have this name.
      ['a;7\nb;8\n', 1],
    ] as const) {
      const dataset = open([...files, table(text, 'set/labels.csv')]);
      expect([text, dataset.description.samples]).toEqual([text, kept]);
      expect(dataset.description.fields[1]).toMatchObject({ name: 'label', dtype: 'int64' });
    }
  });

  it('takes no empty cell for a label', async () => {
    const dataset = open([...pictures('a.png', 'b.png'), table('file,label\na.png,\nb.png,4\n')]);
    expect(await labels(dataset, 'label')).toEqual(['a.png: "labels.csv" leaves "label" empty for this file.', 4]);
  });

  it('needs a column of file names', async () => {
    expect(await answerOf(async () => open([...pictures('a.png'), table('x,y\n1,2\n')]))).toContain(
      'No column of "labels.csv" contains the names',
    );
    expect(await answerOf(async () => open([...pictures('a.png'), table('')]))).not.toBeNull();
  });

  it('answers any text with a data set or a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a.png', 'b', ',', '\n', '"', '\r', '1', 'ü', '\0', ';')), (parts) =>
        answerOf(async () => {
          await labels(open([...pictures('a.png', 'b.png'), table(parts.join(''))]), 'image');
        }).then(() => true),
      ),
    );
  });
});
