/** Texts with their tokenizer, from the files to what a model is fed. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../dataset';
import type { InputDescription } from '../feeds';
import { checkMapping } from '../mapping/check-mapping';
import type { DataMapping, TextPreprocessing } from '../mapping/mapping';
import { createSampleFeeder } from '../mapping/sample-feeds';
import { sizesOfData } from '../mapping/sizes-of-data';
import { canStack, stackFeeds } from '../mapping/stack-feeds';
import { suggestMapping } from '../mapping/suggest-mapping';
import { openDataset } from '../open-dataset';
import { answerOf, memoryFile, noDecoder, quietContext } from '../testing/memory-files';
import { readSamples } from '../testing/read-samples';

const tokenizer = new Uint8Array(readFileSync('src/engine/data/tokenizer/fixtures/bert-uncased.json'));

const open = (files: Readonly<Record<string, string | Uint8Array>>): Promise<Dataset> =>
  openDataset(
    Object.entries(files).map(([path, content]) =>
      memoryFile(path, typeof content === 'string' ? new TextEncoder().encode(content) : content),
    ),
    { decoder: noDecoder, context: quietContext },
  );

const sides = (length: number | string) => ({
  inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map((name): InputDescription => ({
    name,
    dtype: 'int64',
    shape: ['batch', length],
  })),
  outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
});

const csv = 'review,label\nthe quick brown fox,good\nthe dog,bad\n';

async function feedAll(dataset: Dataset, mapping: DataMapping, model = sides('sequence')) {
  const feeder = createSampleFeeder({
    mapping,
    description: dataset.description,
    inputs: model.inputs,
    freeDimensions: {},
  });
  const samples = await readSamples(dataset, feeder.fields);
  return samples.map((sample) => {
    if (!('values' in sample)) throw new Error(`${sample.place}: ${sample.reason}`);
    return feeder.feed(sample);
  });
}

it('asks for the tokenizer of texts that have none', async () => {
  const { description } = await open({ 'texts.csv': csv });
  const problems = checkMapping({ inputs: {}, labels: null }, description, sides(8));
  expect(problems[0]).toBe(
    'The mapping has no entry for input "input_ids". Texts need a tokenizer: add the model\'s tokenizer.json.',
  );
});

describe('texts with a tokenizer', () => {
  it('are suggested for the inputs of a BERT, with the label beside them, and fill the model’s length', async () => {
    const dataset = await open({ 'a/texts.csv': csv, 'a/tokenizer.json': tokenizer, 'a/vocab.txt': '[PAD]\n[UNK]\n' });
    const { description, files } = dataset;
    expect([description.name, description.samples, description.tokenizer?.kind]).toEqual(['texts.csv', 2, 'WordPiece']);
    expect(files.map(({ path }) => path)).toEqual(['a/texts.csv', 'a/tokenizer.json']);
    const { mapping, reasons } = suggestMapping(description, sides(8));
    expect(mapping).toEqual({
      inputs: Object.fromEntries(
        ['input_ids', 'attention_mask', 'token_type_ids'].map((gives) => [gives, { text: { gives, length: 8 } }]),
      ),
      labels: { array: 'label' },
    });
    expect(reasons[0]).toBe(
      'Input "input_ids" uses the input_ids of "review" from tokenizer.json: 8 tokens, the model’s.',
    );
    expect(checkMapping(mapping, description, sides(8))).toEqual([]);
    const [first, second] = await feedAll(dataset, mapping, sides(8));
    expect(first!.steps[0]!['input_ids']).toMatchObject({ dtype: 'int64', dims: [1, 8] });
    expect(second!.steps[0]!['attention_mask']!.data).toEqual(BigInt64Array.of(1n, 1n, 1n, 1n, 0n, 0n, 0n, 0n));
    expect([first!.label, second!.label]).toEqual([Float64Array.of(1), Float64Array.of(0)]);
  });

  it('are no longer than the model has positions for', async () => {
    const { description } = await open({ 'texts.csv': csv, 'tokenizer.json': tokenizer });
    const open64 = sides('sequence').inputs.map((input) => ({ ...input, mostTokens: 64 }));
    const { mapping, reasons } = suggestMapping(description, { ...sides('sequence'), inputs: open64 });
    expect(mapping.inputs['input_ids']).toEqual({ text: { gives: 'input_ids', length: 64 } });
    expect(reasons[0]).toMatch(/: 64 tokens, as many as the model has positions for\.$/);
  });

  it('are told from the texts that are classes', async () => {
    const dataset = await open({
      'texts.csv': csv.replace('label', 'sentiment').replace('dog,bad', 'cat,bad'),
      'tokenizer.json': tokenizer,
    });
    const model = { ...sides(8), outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }] };
    const { mapping } = suggestMapping(dataset.description, model);
    expect(mapping.inputs['input_ids']).toMatchObject({ text: { array: 'review' } });
    expect(checkMapping(mapping, dataset.description, model)).toEqual([]);
  });

  it('default to a usual length, which becomes the size of the open dimension', async () => {
    const { description } = await open({ 'texts.csv': csv, 'tokenizer.json': tokenizer });
    const { mapping } = suggestMapping(description, sides('sequence'));
    expect(sizesOfData(sides('sequence').inputs, mapping, description.fields)).toEqual({ sequence: 128 });
  });

  it('are padded to the longest in the batch if the mapping says so, for all inputs', async () => {
    const dataset = await open({ 'texts.csv': csv, 'tokenizer.json': tokenizer });
    const text = (gives: TextPreprocessing['gives']) => ({ text: { gives, length: 64, padding: 'longest' as const } });
    const mapping = {
      inputs: {
        input_ids: text('input_ids'),
        attention_mask: text('attention_mask'),
        token_type_ids: text('token_type_ids'),
      },
      labels: null,
    };
    const [first, second] = (await feedAll(dataset, mapping)).map(({ steps }) => steps[0]!);
    const [long, short] = [first!['input_ids']!.dims[1]!, second!['input_ids']!.dims[1]!];
    expect(long).toBeGreaterThan(short);
    expect(canStack(first!, second!)).toBe(true);
    const stacked = stackFeeds([first!, second!], { input_ids: 0, attention_mask: 0, token_type_ids: 0 });
    expect(stacked['attention_mask']!.dims).toEqual([2, long]);
    expect(Array.from(stacked['attention_mask']!.data as BigInt64Array, Number)).toEqual([
      ...Array.from({ length: long + short }, () => 1),
      ...Array.from({ length: long - short }, () => 0),
    ]);
    expect(checkMapping(mapping, dataset.description, sides(64))[0]).toMatch(/takes exactly 64 tokens/);
  });

  it('come as lines too, and two at once', async () => {
    const lines = await open({ 'texts.txt': 'the fox, you see\nthe dog\n\n', 'tokenizer.json': tokenizer });
    expect([lines.description.format, lines.description.samples]).toEqual(['text-lines', 2]);
    expect(suggestMapping(lines.description, sides(8)).mapping.labels).toBeNull();
    const pairs = await open({
      'pairs.jsonl': '{"sentence1": "the fox", "sentence2": "the dog", "label": 1}\n',
      'tokenizer.json': tokenizer,
    });
    const { mapping } = suggestMapping(pairs.description, sides(16));
    expect(mapping.inputs['input_ids']).toEqual({
      text: { gives: 'input_ids', length: 16, array: 'sentence1', pair: 'sentence2' },
    });
    const [fed] = await feedAll(pairs, mapping, sides(16));
    expect(fed!.steps[0]!['token_type_ids']!.data).toContain(1n);
  });

  it('require a tokenizer, as a tokenizer requires texts, and each refusal names the remedy', async () => {
    const plain = await open({ 'texts.csv': csv });
    const mapping = { inputs: { input_ids: { text: { gives: 'input_ids', length: 8 } } }, labels: null } as const;
    const [only] = sides(8).inputs;
    const [problem] = checkMapping(mapping, plain.description, { inputs: [only!], outputs: [] });
    expect(problem).toBe('There is no tokenizer for "texts.csv". Add the model\'s tokenizer.json to the texts.');
    expect(suggestMapping(plain.description, sides(8)).reasons[0]).toContain('Texts need a tokenizer');
    expect(await answerOf(() => open({ 'tokenizer.json': tokenizer }))).toMatch(/^"tokenizer\.json" is a tokenizer\. /);
    const numbers = await open({ 'a.csv': 'a,b\n1,2\n3,4\n', 'tokenizer.json': 'anything' });
    expect(numbers.description.notes.at(-1)).toBe(
      'The tokenizer "tokenizer.json" is not used, because no field contains texts.',
    );
  });

  it('count as an unreadable sample if truncation cannot shorten them enough', async () => {
    const dataset = await open({ 'texts.csv': csv, 'tokenizer.json': tokenizer });
    const [sample] = await readSamples(dataset, [{ name: 't', texts: ['review'], mostTokens: 1 }], [0]);
    expect(sample).toMatchObject({ place: 'Sample 1', reason: expect.stringContaining('special ones') as string });
  });
});
