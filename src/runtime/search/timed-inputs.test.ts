import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Feeds, InputDescription } from '../../engine/data/feeds';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { openDataset } from '../../engine/data/open-dataset';
import { memoryFile, noDecoder, quietContext } from '../../engine/data/testing/memory-files';
import { createInProcessSearchHost } from '../node/testing/in-process-search-host';
import type { OpenedInput } from '../../engine/recipe/open-model';
import { readTimedInputs } from './timed-inputs';

const names = ['input_ids', 'attention_mask', 'token_type_ids'];
const inputs = names.map((name): InputDescription => ({ name, dtype: 'int64', shape: ['batch', 'tokens'] }));
const outputs = [{ name: 'logits', dtype: 'float32' as const, shape: ['batch', 2] }];
const opened = { inspection: { inputs, outputs } } as unknown as OpenedInput;

const feedsOf = (tokens: number): Feeds => {
  const data = new BigInt64Array(tokens);
  return Object.fromEntries(names.map((name) => [name, { dtype: 'int64', dims: [1, tokens], data }] as const));
};

async function texts() {
  const tokenizer = new Uint8Array(readFileSync('src/engine/data/tokenizer/fixtures/bert-uncased.json'));
  const lines = new TextEncoder().encode('the quick brown fox\nthe dog\n');
  const files = [memoryFile('texts.txt', lines), memoryFile('tokenizer.json', tokenizer)];
  const dataset = await openDataset(files, { decoder: noDecoder, context: quietContext });
  const { mapping } = suggestMapping(dataset.description, { inputs, outputs });
  return { dataset, mapping, indices: [0, 1], calibration: null };
}

it('are padded as in the mapping if outputs are compared without padding', async () => {
  const host = createInProcessSearchHost(new AbortController().signal);
  const request = { data: await texts(), freeDimensions: {}, opened };
  const unpadded = [feedsOf(6), feedsOf(4)];
  const reference = { feeds: unpadded, known: unpadded.map((feeds) => ({ feeds, outputs: {} })), isUnpadded: true };
  const { feeds, known, freeDimensions, unpadded: middle } = await readTimedInputs(host, request, reference, [0, 1]);
  expect(feeds!.map(({ input_ids: { dims } = { dims: [] } }) => dims)).toEqual([
    [1, 128],
    [1, 128],
  ]);
  expect(known).toEqual([]);
  expect(freeDimensions).toEqual({ batch: 1, tokens: 128 });
  expect(middle).toEqual({ feeds: unpadded[0], tokens: 6, freeDimensions: { batch: 1, tokens: 6 } });
});

it('give open dimensions their sizes, unless the request has others', async () => {
  const host = createInProcessSearchHost(new AbortController().signal);
  const reference = { feeds: [feedsOf(6)], known: [], isUnpadded: false };
  const timed = (freeDimensions: Readonly<Record<string, number>>) =>
    readTimedInputs(host, { data: null, freeDimensions, opened }, reference, []);
  expect(await timed({})).toMatchObject({ feeds: reference.feeds, freeDimensions: { batch: 1, tokens: 6 } });
  expect((await timed({ tokens: 8 })).freeDimensions).toEqual({ batch: 1, tokens: 8 });
});
