import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mutate, mutations } from '../../../onnx/testing/mutate';
import type { DataFile } from '../../dataset';
import { openDataset } from '../../open-dataset';
import { answerOf, memoryFile, noDecoder, quietContext } from '../../testing/memory-files';
import { readSamples, valuesOf } from '../../testing/read-samples';

/** One gray pixel. */
const png = new Uint8Array(
  Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==', 'base64'),
);
const text = (path: string, content: string): DataFile => memoryFile(path, new TextEncoder().encode(content));
const pictures = (...paths: readonly string[]): DataFile[] => paths.map((path) => memoryFile(path, png));
const open = (files: readonly DataFile[]) => openDataset(files, { decoder: noDecoder, context: quietContext });

const coco = {
  images: [
    { id: 7, file_name: 'a.png', width: 200, height: 100 },
    { id: 3, file_name: 'b.png', width: 10, height: 10 },
    { id: 9, file_name: 'elsewhere.png', width: 10, height: 10 },
  ],
  categories: [
    { id: 44, name: 'dog' },
    { id: 1, name: 'cat' },
  ],
  annotations: [
    { image_id: 7, category_id: 44, bbox: [20, 10, 100, 50], iscrowd: 1, segmentation: {} },
    { image_id: 7, category_id: 1, bbox: [0, 0, 200, 100] },
    { image_id: 9, category_id: 1, bbox: [0, 0, 1, 1] },
  ],
};
const annotated = (changes: object = {}, path = 'set/annotations/instances_val2017.json') => [
  ...pictures('set/val2017/a.png', 'set/val2017/b.png', 'set/val2017/c.png'),
  text(path, JSON.stringify({ ...coco, ...changes })),
];

it('reads the boxes of COCO, by the names of pictures', async () => {
  const dataset = await open(annotated());
  const { fields, samples, notes } = dataset.description;
  expect(samples).toBe(2);
  expect(fields).toContainEqual({
    name: 'boxes',
    kind: 'boxes',
    dtype: 'float64',
    shape: [null, 6],
    classes: ['cat', 'dog'],
    areClassesDeclared: true,
    classNumbers: [1, 44],
  });
  expect(fields.map(({ name }) => name)).toEqual(['image', 'boxes']);
  expect(notes).toEqual([
    'Left out, because "set/annotations/instances_val2017.json" does not name them: set/val2017/c.png.',
  ]);
  expect(valuesOf(await readSamples(dataset, ['boxes']), 'boxes')).toEqual([
    [1, 0.1, 0.1, 0.6, 0.6, 1, 0, 0, 0, 1, 1, 0],
    [],
  ]);
});

it('reads the texts of YOLO, beside pictures and in labels/, with the names of classes', async () => {
  const line = '1 0.5 0.5 0.5 0.25\n\n0 0.1 0.2 0.3 0.2 0.2 0.6\n';
  const boxes = [1, 0.25, 0.375, 0.75, 0.625, 0, 0, 0.1, 0.2, 0.3, 0.6, 0];
  const apart = await open([
    ...pictures('set/images/val/a.png', 'set/images/val/b.png', 'set/images/train/c.png'),
    text('set/labels/val/a.txt', line),
    text('set/labels/train/c.txt', line),
    text('set/data.yaml', 'path: x\nnames:\n  0: cat # small\n  1: "dog"\nnc: 2\n'),
  ]);
  expect(apart.description.fields[1]).toMatchObject({ kind: 'boxes', classes: ['cat', 'dog'] });
  expect(apart.description.notes).toEqual([
    'Left out, because they are of another part of the data or have no labels: set/images/train/c.png.',
    'Left out, because they are not pictures: set/labels/train/c.txt.',
  ]);
  expect(valuesOf(await readSamples(apart, ['boxes']), 'boxes').map((row) => rounded(row))).toEqual([boxes, []]);
  const beside = await open([...pictures('a.png'), text('a.txt', line), text('classes.txt', 'cat\ndog\n')]);
  expect(beside.description.fields[1]).toMatchObject({ classes: ['cat', 'dog'] });
  expect(valuesOf(await readSamples(beside, ['boxes']), 'boxes').map((row) => rounded(row))).toEqual([boxes]);
});

it('reads no captions as boxes', async () => {
  const captioned = await open([
    ...pictures('cat/a.png', 'dog/b.png', 'dog/c.png'),
    text('cat/a.txt', '2 cats on a lawn'),
    text('dog/b.txt', 'a dog'),
    text('dog/c.txt', ''),
  ]);
  expect(captioned.description.fields.map(({ name }) => name)).toEqual(['image', 'folder']);
  expect(captioned.description.notes).toEqual([
    'Left out, because they are not pictures: cat/a.txt, dog/b.txt, dog/c.txt.',
  ]);
  const empty = await open([...pictures('a.png'), text('a.txt', '')]);
  expect(valuesOf(await readSamples(empty, ['boxes']), 'boxes')).toEqual([[]]);
});

const rounded = (row: unknown): unknown =>
  Array.isArray(row) ? row.map((value: number) => Math.round(value * 1e9) / 1e9) : row;

it.each([
  [{ images: 5 }, /"images" in .* is not a list/],
  [{ categories: [{ id: 1 }] }, /has an entry without a valid name/],
  [{ categories: Array.from({ length: 10_001 }, (_, id) => ({ id, name: 'x' })) }, /has 10001 entries/],
])('refuses annotations whose lists are damaged: %#', async (changes, sentence) => {
  expect(await answerOf(() => open(annotated(changes)))).toMatch(sentence);
});

it.each([
  [{ annotations: [{ image_id: 7, category_id: 44 }] }, 'without a "bbox" or a known category'],
  [{ annotations: [{ image_id: 7, category_id: 2, bbox: [0, 0, 1, 1] }] }, 'without a "bbox" or a known category'],
  [{ annotations: [{ image_id: 7, category_id: 1, bbox: [0, 0, -1, 1] }] }, 'that is not x, y, width, height'],
  [{ images: [{ ...coco.images[0], width: 0 }] }, 'does not give this picture a width and a height'],
  [
    { annotations: Array.from({ length: 10_001 }, () => ({ image_id: 7, category_id: 1, bbox: [0, 0, 1, 1] })) },
    'has 10001 boxes for this picture',
  ],
])('passes over a picture with a damaged annotation: %#', async (changes, reason) => {
  const [first] = valuesOf(await readSamples(await open(annotated(changes)), ['boxes']), 'boxes');
  expect(first).toContain(reason);
});

it.each([
  ['0 0.5 0.5 0.5', 'is not a class and four numbers'],
  ['0 0.5 x 0.5 0.5', 'is not a class and four numbers'],
  ['7 0.5 0.5 0.5 0.5', 'has the class 7, but there are only 2 classes'],
  ['0 0.5 0.5 -0.5 0.5', 'has a box with a negative side'],
  ['0 0 0 0 0\n'.repeat(10_001), 'has 10001 boxes'],
])('passes over a picture whose text is damaged: %#', async (line, reason) => {
  const dataset = await open([...pictures('a.png'), text('a.txt', line), text('classes.txt', 'cat\ndog\n')]);
  const [first] = valuesOf(await readSamples(dataset, ['boxes']), 'boxes');
  expect(first).toContain(reason);
});

it('answers for any damage', async () => {
  const json = new TextEncoder().encode(JSON.stringify(coco));
  const lines = new TextEncoder().encode('1 0.5 0.5 0.5 0.25\n0 0.1 0.2 0.3 0.2\n');
  const yaml = new TextEncoder().encode("names: ['cat', dog]\n");
  let touched = 0;
  await fc.assert(
    fc.asyncProperty(mutations, fc.constantFrom('json', 'txt', 'yaml'), async (changes, which) => {
      const damaged = (own: string, bytes: Uint8Array) => (which === own ? mutate(bytes, changes) : bytes);
      const files =
        which === 'json'
          ? [...pictures('a.png', 'b.png'), memoryFile('x.json', damaged('json', json))]
          : [
              ...pictures('a.png'),
              memoryFile('a.txt', damaged('txt', lines)),
              memoryFile('data.yaml', damaged('yaml', yaml)),
            ];
      const answer = await answerOf(async () => {
        const samples = await readSamples(await open(files), ['image']);
        const dataset = await open(files);
        if (dataset.description.fields.some(({ kind }) => kind === 'boxes')) {
          for (const sample of await readSamples(dataset, ['boxes'])) {
            if ('values' in sample) continue;
            touched++;
            expect(sample.reason).toMatch(/^["A-Z].*\.$/s);
          }
        } else {
          touched++;
        }
        expect(samples.length).toBeGreaterThan(0);
      });
      if (answer !== null) touched++;
    }),
    { numRuns: 300 },
  );
  expect(touched).toBeGreaterThan(50);
});
