import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, CountingSource, memoryFile, quietContext } from '../testing/memory-files';
import { readSamples, valuesOf } from '../testing/read-samples';
import { openCsv } from './csv';
import { CsvTokenizer } from './csv-tokenizer';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (text: string) => openCsv(memoryFile('table.csv', bytes(text)), quietContext);
const fieldNames = async (text: string) => (await open(text)).description.fields.map(({ name }) => name);

describe('openCsv', () => {
  it('finds out whether there is a header', async () => {
    expect(await fieldNames('a,b\n1,2\n3,4')).toEqual(['a', 'b', 'features']);
    expect(await fieldNames('1,2\n3,4')).toEqual(['column_1', 'column_2', 'features']);
    expect(await fieldNames('5.1,0.2,setosa\n4.9,0.2,setosa\n')).toEqual([
      'column_1',
      'column_2',
      'column_3',
      'features',
    ]);
    expect(await fieldNames('name,city\nAnn,Oslo\nBob,Rome\n')).toEqual(['name', 'city']);
    expect(await fieldNames('x\ty\n1\t2\n')).toEqual(['x', 'y', 'features']);
  });

  it('gives columns names that are all different', async () => {
    expect(await fieldNames('a,a,,features\n1,2,3,4\n5,6,7,8')).toEqual([
      'a',
      'a_2',
      'column_3',
      'features',
      'all features',
    ]);
  });

  it('names a hundred thousand columns, all alike, about as fast as it reads them', async () => {
    const row = (cell: string) => Array<string>(100_000).fill(cell).join(',');
    const names = await fieldNames([row('a'), row('1'), row('2')].join('\n'));
    expect(names.slice(0, 3)).toEqual(['a', 'a_2', 'a_3']);
    expect(new Set(names).size).toBe(100_001);
  });

  it('blames a quotation mark for an endless row only if one is open', async () => {
    const long = 'x'.repeat(34 << 20);
    await expect(open(`a,b\n1,2\n${long}`)).rejects.toThrow('is longer than 16 MB: the file is not a table');
    await expect(open(`a,b\n1,2\n"${long}`)).rejects.toThrow(
      'is longer than 16 MB: a quotation mark there is not closed',
    );
  });

  it('joins all numeric columns except row numbers, and any requested columns', async () => {
    const dataset = await open('id,x,y_size,label\n0,1,2,0\n1,3,4,1\n2,5,6,1\n');
    expect(dataset.description.fields.at(-1)).toEqual({
      name: 'features',
      kind: 'numbers',
      dtype: 'float64',
      shape: [3],
      columns: ['x', 'y_size', 'label'],
    });
    const chosen = { name: 'chosen', columns: ['label', 'id', 'x'] };
    const samples = await readSamples(dataset, ['features', chosen]);
    expect(valuesOf(samples, 'features')).toEqual([
      [1, 2, 0],
      [3, 4, 1],
      [5, 6, 1],
    ]);
    expect(valuesOf(samples, 'chosen')).toEqual([
      [0, 0, 1],
      [1, 1, 3],
      [1, 2, 5],
    ]);
    expect(dataset.description.notes.join(' ')).toMatch(/3 columns of numbers.*"id" only identifies rows/);
    expect(dataset.description.notes.join(' ')).toMatch(/"label" looks like the label/);
  });

  it.each(['x,fine_label,z', 'x,is_target,z', 'is_class,y,x'])('marks the label of %s by its name', async (header) => {
    const { description } = await open(`${header}\n0.5,1,2.5\n3,4,5\n`);
    const [label] = description.fields.filter(({ looksLikeLabel }) => looksLikeLabel);
    expect(label?.name).toBe(header.split(',')[1]);
    expect(description.fields.at(-1)).toMatchObject({ name: 'features', shape: [3] });
  });

  it('refuses columns that are not there, and reads no number from a text', async () => {
    const dataset = await open('a,city\n1,Oslo\n2,Rome\n');
    const read = (columns: readonly string[]) => () => readSamples(dataset, [{ name: 'x', columns }]);
    expect(await answerOf(read(['a', 'b']))).toBe(
      'There is no field "b" in "table.csv". It has "a", "city", "features".',
    );
    expect(valuesOf(await read(['a', 'city'])(), 'x')[0]).toMatch(
      /line 2: The column "city" has "Oslo" where a number/,
    );
  });

  it('makes classes of texts in the column of labels, sorted', async () => {
    const dataset = await open('w,species\n1,b\n2,a\n3,b\n');
    expect(dataset.description.fields[1]).toMatchObject({ kind: 'class', dtype: 'int64', classes: ['a', 'b'] });
    expect(valuesOf(await readSamples(dataset, ['species']), 'species')).toEqual([1n, 0n, 1n]);
  });

  it('tells the classes that other columns of texts may be, which a mapping can take for labels', async () => {
    const dataset = await open('city,w,species\nOslo,1,b\nRome,2,a\n Oslo,3,b\n,4,b\n');
    expect(dataset.description.fields[0]).toMatchObject({ kind: 'text', dtype: 'string', classes: ['Oslo', 'Rome'] });
    expect(valuesOf(await readSamples(dataset, ['city'], [2]), 'city')).toEqual([' Oslo']);
  });

  it('reports missing numbers, wrong numbers and wrong rows by line, and reads the other rows', async () => {
    const good = Array.from({ length: 1000 }, (_, row) => `${row + 0.5},2`).join('\n');
    const dataset = await open(`a,b\n1,\n2,3\n"4\n",5\n${good}\n6,x\n7,8,9\n10,11\n`);
    const samples = await readSamples(dataset, ['b'], [0, 1, 2, 1003, 1004, 1005]);
    expect(valuesOf(samples, 'b')).toEqual([
      '"table.csv", line 2: The column "b" has no value in this row.',
      3,
      5,
      '"table.csv", line 1006: The column "b" has "x" where a number is expected.',
      '"table.csv", line 1007: The row has 3 cells, and the first row has 2.',
      11,
    ]);
    expect(valuesOf(await readSamples(dataset, ['a'], [0]), 'a')).toEqual([1]);
  });

  it.each(['unknown', '#N/A', 'n/a', 'NULL', '?', '-', '', '12 cm'])(
    'keeps a column of numbers one in which a single cell has "%s", and names that cell',
    async (cell) => {
      const rows = Array.from({ length: 20 }, (_, row) => (row === 7 ? `${cell},1` : `${row + 0.5},0`));
      const dataset = await open(`size,label\n${rows.join('\n')}\n`);
      expect(dataset.description.fields.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
        'size numbers',
        'label numbers',
        'features numbers',
      ]);
      const values = valuesOf(await readSamples(dataset, ['features']), 'features');
      expect(values[7]).toMatch(
        /^"table.csv", line 9: The column "size" has (no value in this row|".*" where a number)/,
      );
      expect(values.filter((value) => Array.isArray(value) || typeof value === 'number')).toHaveLength(19);
      const isText = !['n/a', 'NULL', '?', '-', ''].includes(cell);
      expect(dataset.description.notes.join(' ').includes(`one is "${cell}" at line 9`)).toBe(isText);
    },
  );

  it('leaves a column text of which many cells are, and counts the few in one of numbers', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => `${row % 5 === 0 ? 'A1' : row},${row % 15 === 14 ? 'x' : row}`);
    const { description } = await open(`ticket,fare\n${rows.join('\n')}\n`);
    expect(description.fields.map(({ kind }) => kind)).toEqual(['text', 'numbers', 'numbers']);
    expect(description.notes).toContain(
      'Almost all cells of the column "fare" are numbers; of the first rows, 2 are not, the first "x" at line 16. Samples without a number there are skipped and counted.',
    );
  });

  it('reads line ends within quotation marks as text, and knows the lines behind them', async () => {
    const dataset = await open('note,x\r\n"a\r\nb, ""c""\n",1\r\n"\n",no\r\nd,3\r\ne,4\r\n');
    const samples = await readSamples(dataset, ['note']);
    expect(samples.map((read) => 'values' in read && read.values.note)).toMatchObject(
      ['a\r\nb, "c"\n', '\n', 'd', 'e'].map((text) => ({ tensor: { data: [text] } })),
    );
    const long = Array.from({ length: 30 }, (_, row) => `"line\nbreak",${row}`).join('\n');
    const numbers = await open(`note,x\n${long}\nend,no\n`);
    expect(valuesOf(await readSamples(numbers, ['x'], [29, 30]), 'x')).toEqual([
      29,
      '"table.csv", line 62: The column "x" has "no" where a number is expected.',
    ]);
  });

  it('reads numbers in all their forms', async () => {
    const cells = ['007', '+1', '-2.5', '.5', '3.', '1e3', '-inf', '9007199254740993', ' 4 '];
    const dataset = await open(`x\n${cells.join('\n')}\n`);
    expect(valuesOf(await readSamples(dataset, ['x']), 'x')).toEqual([7, 1, -2.5, 0.5, 3, 1000, -Infinity, 2 ** 53, 4]);
  });

  it('enters the file near a sample instead of reading it from the start', async () => {
    const rows = Array.from({ length: 200_000 }, (_, row) => `${row},${row * 2}`);
    const source = new CountingSource(bytes(`a,b\n${rows.join('\n')}\n`));
    const dataset = await openCsv({ path: 'large.csv', source }, quietContext);
    const before = source.readBytes;
    expect(valuesOf(await readSamples(dataset, ['b'], [150_123, 199_999]), 'b')).toEqual([300_246, 399_998]);
    expect(source.readBytes - before).toBeLessThan(600_000);
    expect(source.largestReadBytes).toBeLessThan(300_000);
  });

  it('refuses a file without rows or with an unclosed quotation mark', async () => {
    expect(await answerOf(() => open('a,b\n'))).toBe('There are no rows below the header of "table.csv".');
    expect(await answerOf(() => open(''))).toBe('There are no rows in "table.csv".');
    expect(await answerOf(() => open('a,b\n1,2\n"3,4\n5,6'))).toMatch(
      /quotation mark in the row at line 3 is not closed/,
    );
  });

  it.each([
    ['a title above the table', 'Cars of 1983\n\na,b,c\n1,2,3\n4,5,6\n', 'line 1\\) has 1 cell,.* line 3 has 3'],
    ['names of rows that the header does not count', 'a,b\nr1,1,2\nr2,3,4\n', 'line 1\\) has 2 cells,.* line 2 has 3'],
    ['a delimiter at the end of each row', 'a,b\n1,2,\n3,4,\n', 'line 1\\) has 2 cells,.* line 2 has 3'],
  ])('refuses %s by the line', async (_, text, sentence) => {
    expect(await answerOf(() => open(text))).toMatch(new RegExp(`^In "table.csv", the first row \\(${sentence}`));
  });

  it('counts rows of another width in the notes, and takes nothing from them for types and classes', async () => {
    const rows = Array.from({ length: 8 }, (_, row) => `${row + 0.5},${'ab'[row % 2]}`).join('\n');
    const dataset = await open(`x,label\n${rows}\nx,1,c\n9\n`);
    expect(dataset.description.fields).toMatchObject([{ name: 'x', kind: 'numbers' }, { classes: ['a', 'b'] }, {}]);
    expect(dataset.description.samples).toBe(10);
    expect(dataset.description.notes.at(-1)).toBe(
      '2 rows have more or fewer cells than the first row and cannot be read; the first of them is at line 10.',
    );
    expect(valuesOf(await readSamples(dataset, ['x'], [7, 8, 9]), 'x')).toEqual([
      7.5,
      '"table.csv", line 10: The row has 3 cells, and the first row has 2.',
      '"table.csv", line 11: The row has 1 cell, and the first row has 2.',
    ]);
  });

  it('reads texts that are no UTF-8 as Windows-1252, cell by cell', async () => {
    const start = [...bytes('city,n\n'), 0x80, 0x20, 0xe9, ...bytes(',1\nZürich,2.5\n')];
    const dataset = await openCsv(memoryFile('table.csv', Uint8Array.from(start)), quietContext);
    const cities = (await readSamples(dataset, ['city'])).map((read) => 'values' in read && read.values.city);
    expect(cities).toMatchObject([{ tensor: { data: ['€ é'] } }, { tensor: { data: ['Zürich'] } }]);
  });
});

describe('CsvTokenizer', () => {
  /** Rows that are neither empty nor made of one empty cell, which nobody can tell from an empty line. */
  const rows = fc.array(
    fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', '1') }), {
      minLength: 1,
      maxLength: 4,
    }),
    { maxLength: 12 },
  );
  const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

  it('restores written rows for every quoting, line end and window boundary', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), fc.constantFrom('\n', '\r\n', '\r'), (written, quoteAll, lineEnd) => {
        const text = written
          .map((row) =>
            row.map((cell) => (quoteAll || /[",\r\n]/.test(cell) || cell === '' ? quoted(cell) : cell)).join(','),
          )
          .join(lineEnd);
        const tokenizer = new CsvTokenizer(memoryFile('x.csv', bytes(text)), ',', { offset: 0, line: 1 });
        const read: string[][] = [];
        while (tokenizer.nextRow()) {
          read.push(Array.from({ length: tokenizer.cellCount }, (_, cell) => tokenizer.cellText(cell)));
        }
        expect(read).toEqual(written);
      }),
      { numRuns: 500 },
    );
  });

  it('reads rows that are longer than its window, and knows their lines', () => {
    const long = 'x'.repeat(700_000);
    const text = `a,b\n"${long}\n",2\n3,${long}\n4,5`;
    const tokenizer = new CsvTokenizer(memoryFile('x.csv', bytes(text)), ',', { offset: 0, line: 1 });
    const seen: (readonly [number, number])[] = [];
    while (tokenizer.nextRow()) seen.push([tokenizer.place.line, tokenizer.cellText(1).length]);
    expect(seen).toEqual([
      [1, 1],
      [2, 1],
      [4, 700_000],
      [5, 1],
    ]);
  });
});
