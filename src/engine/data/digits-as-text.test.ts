/** Labels that are digits are the same numbers in every format, however the format writes them. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { DataFile } from './dataset';
import { createLabelReader } from './mapping/sample-label';
import { suggestLabel } from './mapping/suggest-label';
import { openDataset } from './open-dataset';
import { memoryFile, noDecoder, quietContext } from './testing/memory-files';
import { readSamples } from './testing/read-samples';

const digits = Array.from({ length: 12 }, (_, row) => String(row));
const numbers = digits.map(Number);

function npy(descr: string, shape: readonly number[], content: Uint8Array): Uint8Array {
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const head = new TextEncoder().encode(`${dictionary.padEnd(117)}\n`);
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, head.length, 0, ...head, ...content]);
}

/** Writes an array of text like NumPy: four bytes a character, each text as wide as the longest. */
function textArray(texts: readonly string[], ...more: readonly number[]): DataFile {
  const width = Math.max(...texts.map(({ length }) => length));
  const codes = texts.flatMap((text) => Array.from({ length: width }, (_, at) => text.charCodeAt(at) || 0));
  const content = new Uint8Array(Uint32Array.from(codes).buffer);
  return memoryFile('labels.npy', npy(`<U${width}`, [texts.length, ...more], content));
}

const table = (path: string, text: string): DataFile => memoryFile(path, new TextEncoder().encode(text));
const picture = (path: string): DataFile => memoryFile(path, new Uint8Array([0x89, 0x50, 0x4e, 0x47]));

interface Choice {
  readonly classes?: readonly string[];
  readonly isRegression?: boolean;
}

/** Reads the label of each sample from the field that a mapping proposes. */
async function labelsOf(files: readonly DataFile[], { classes, isRegression }: Choice = {}): Promise<unknown[]> {
  const dataset = await openDataset(files, { decoder: noDecoder, context: quietContext });
  const { name, mapping } = suggestLabel(dataset.description, [])!;
  const field = dataset.description.fields.find((each) => each.name === name)!;
  const task = isRegression ? ({ kind: 'regression', output: 'y' } as const) : undefined;
  const reader = createLabelReader(field, { ...mapping, ...(classes && { classes }) }, task);
  return (await readSamples(dataset, [name])).map((sample) => {
    try {
      return 'values' in sample ? reader.read(sample.values[name])[0] : sample.reason;
    } catch (error) {
      return (error as Error).message;
    }
  });
}

const arrays = (labels: DataFile): readonly DataFile[] => [
  memoryFile('x.npy', npy('<f4', [12, 1], new Uint8Array(48))),
  labels,
];

it('reads the digits of an array of text, also of one with an axis of 1', async () => {
  expect(await labelsOf(arrays(textArray(digits)))).toEqual(numbers);
  expect(await labelsOf(arrays(textArray(digits, 1)))).toEqual(numbers);
  expect(await labelsOf(arrays(textArray(digits.map((text) => `${text}.0`))))).toEqual(numbers);
});

it('treats a missing number as no label and any other word as a further class', async () => {
  const known = digits.slice(0, 11);
  const missing = await labelsOf(arrays(textArray([...known, 'nan'])));
  expect(missing).toEqual([...numbers.slice(0, 11), 'The label in "labels" is not a finite number.']);
  const empty = await labelsOf(arrays(textArray([...known, ''])));
  expect(empty).toEqual([...numbers.slice(0, 11), 'The sample has no label in "labels".']);
  const other = await labelsOf(arrays(textArray([...known, 'other'])));
  expect(other).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 2, 11]);
});

it('reads the digits of text tables and of labels beside files', async () => {
  const rows = digits.map((digit) => `0.5,"${digit}"`).join('\n');
  expect(await labelsOf([table('t.csv', `x,label\n${rows}\n`)])).toEqual(numbers);
  const pictures = digits.map((digit) => picture(`p${digit.padStart(2, '0')}.png`));
  const names = pictures.map(({ path }, row) => `${path},"${row}"`).join('\n');
  expect(await labelsOf([...pictures, table('labels.csv', `file,label\n${names}\n`)])).toEqual(numbers);
});

it('reads the digits of a Parquet column of text', async () => {
  const bytes = readFileSync('src/engine/data/readers/fixtures/parquet/indexed-serial.parquet');
  // The same length: nothing else in the file moves.
  const named = Buffer.from(bytes.toString('latin1').replaceAll('digit', 'label'), 'latin1');
  const labels = await labelsOf([memoryFile('t.parquet', new Uint8Array(named))]);
  expect(labels).toEqual(Array.from({ length: 60 }, (_, row) => row % 12));
});

it('sorts folders by their names, digits or not, as torchvision does, until somebody gives an order', async () => {
  const files = digits.map((digit) => picture(`set/${digit}/a.png`));
  // Files are sorted by path: 0, 1, 10, 11, 2 …
  expect(await labelsOf(files)).toEqual(numbers);
  const sorted = digits.toSorted().map(Number);
  expect(await labelsOf(files, { classes: digits })).toEqual(sorted);
  expect(await labelsOf(files, { isRegression: true })).toEqual(sorted);
});

it('matches the digits to an order of numbers, and other names to 0, 1, 2 …', async () => {
  const fromOne = digits.map((_, row) => String(row + 1));
  for (const classes of [fromOne, fromOne.map((digit) => `${digit}.0`)]) {
    expect(await labelsOf(arrays(textArray(fromOne)), { classes })).toEqual(numbers);
  }
  expect(await labelsOf(arrays(textArray(digits)), { classes: digits.map((digit) => `n${digit}`) })).toEqual(numbers);
});

it('reads amounts that are text, and no class for an amount', async () => {
  const amounts = [...digits.slice(0, 9).map((digit) => `${digit}.25`), '1e2', '-3', '7'];
  const expected = amounts.map(Number);
  expect(await labelsOf(arrays(textArray(amounts)))).toEqual(expected);
  expect(await labelsOf(arrays(textArray(amounts)), { isRegression: true })).toEqual(expected);
  const mixed = await labelsOf(arrays(textArray([...amounts.slice(0, 11), 'unknown'])), { isRegression: true });
  expect(mixed).toEqual([...expected.slice(0, 11), 'The label "unknown" in "labels" is not a number.']);
});

it('reads the amounts that name folders, and takes other names of classes for grades', async () => {
  const ages = ['18', '9', '100'].map((age) => picture(`set/${age}/a.png`));
  expect(await labelsOf(ages, { isRegression: true })).toEqual([100, 18, 9]);
  const stages = ['I', 'II', 'III'].map((stage) => picture(`set/${stage}/a.png`));
  expect(await labelsOf(stages, { isRegression: true })).toEqual([0, 1, 2]);
  const mixed = ['10', '9', 'over 10'].map((age) => picture(`set/${age}/a.png`));
  expect(await labelsOf(mixed, { isRegression: true })).toEqual([
    10,
    9,
    'The label "over 10" in "folder" is not a number.',
  ]);
});
