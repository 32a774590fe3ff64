import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../open-dataset';
import { answerOf, memoryFile, noDecoder, quietContext } from '../testing/memory-files';
import { readSamples, valuesOf } from '../testing/read-samples';

const open = (text: string, name = 'a.jsonl') =>
  openDataset([memoryFile(name, new TextEncoder().encode(text))], { decoder: noDecoder, context: quietContext });
const lines = (...records: unknown[]): string => records.map((record) => JSON.stringify(record)).join('\n');

describe('openJsonLines', () => {
  it('makes fields of texts, numbers, lists of numbers and classes', async () => {
    const dataset = await open(
      lines(
        { text: 'one', label: 'b', score: 1, long: true, vector: [1, 2], meta: { a: 1 } },
        { text: 'two', label: 'a', score: 2.5, long: false, vector: [3, 4], meta: null },
      ) + '\r\n\r\n',
    );
    const { format, samples, fields, notes } = dataset.description;
    expect([format, samples]).toEqual(['jsonl', 2]);
    expect(fields.map(({ name, kind, shape }) => [name, kind, shape])).toEqual([
      ['text', 'text', []],
      ['label', 'class', []],
      ['score', 'numbers', []],
      ['long', 'numbers', []],
      ['vector', 'numbers', [2]],
    ]);
    expect(notes).toEqual(['Left out, because they are neither numbers nor texts in every line: "meta".']);
    const read = await readSamples(dataset, ['text', 'label', 'score', 'long', 'vector']);
    expect(['text', 'label', 'score', 'long', 'vector'].map((name) => valuesOf(read, name))).toEqual([
      ['one', 'two'],
      [1n, 0n],
      [1, 2.5],
      [1, 0],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
  });

  it('names the line of a sample that cannot be read, and reads the others', async () => {
    const dataset = await open(`${lines({ text: 'one', n: 1 })}\n{"text": \n${lines({ n: 'x', text: 'three' })}`);
    expect(valuesOf(await readSamples(dataset, ['text']), 'text')).toEqual([
      'one',
      '"a.jsonl", line 2: The line is not a JSON object.',
      'three',
    ]);
  });

  it('enters a long file in its middle, and finds the classes of its end', async () => {
    const records = Array.from({ length: 2500 }, (_, at) => ({ text: `t${at}`, label: at < 2400 ? 'a' : 'b' }));
    const dataset = await open(lines(...records));
    expect(dataset.description.fields[1]!.classes).toEqual(['a', 'b']);
    const read = await readSamples(dataset, ['text', 'label'], [1500, 2499]);
    expect([valuesOf(read, 'text'), valuesOf(read, 'label')]).toEqual([
      ['t1500', 't2499'],
      [0n, 1n],
    ]);
  });

  it('refuses a file without objects and JSON of another kind', async () => {
    expect(await answerOf(() => open('1\n2\n'))).toMatch(/No line of "a\.jsonl" is a JSON object/);
    expect(await answerOf(() => open('[{"text": "a"}]', 'a.json'))).toMatch(/not one record per line/);
  });

  it('answers anything with a data set or a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.json(), fc.string()), { minLength: 1 }), async (all) => {
        await answerOf(async () => {
          const dataset = await open(all.join('\n'));
          await readSamples(
            dataset,
            dataset.description.fields.map(({ name }) => name),
          );
        });
      }),
      { numRuns: 60 },
    );
  });
});
