import { afterAll, expect, it } from 'vitest';
import { decoderOutputs, type DecoderOutputs } from '../../engine/data/decoder/decoder-wiring';
import { createSampleFeeder } from '../../engine/data/mapping/sample-feeds';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { tensorNumbers } from '../../engine/data/tensor-numbers';
import { openModel } from '../../engine/recipe/open-model';
import { MemorySource } from '../../engine/onnx/byte-source';
import { contextLengthEntry } from '../../engine/onnx/context-length';
import type { Model } from '../../engine/onnx/graph';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { decoder, decoderPositions, type DecoderOptions } from '../../engine/onnx/testing/decoder';
import { storeCache } from '../../engine/passes/float16/store/store-cache';
import { createNodeHost } from '../node/node-host';
import { IdleWorkers } from '../session/idle-workers';
import { likeliestToken } from './decoder-session';
import { measureGeneration } from './measure-generation';
import { firstDifference, writeTexts, type WrittenText } from './write-text';

const idle = new IdleWorkers();
afterAll(() => idle.end());
const host = createNodeHost(idle);
const { signal } = new AbortController();

function filesOf(options: DecoderOptions, metadata: Model['metadata'] = []) {
  return filesOfModel({ ...decoder(options), metadata });
}

function filesOfModel(model: Model) {
  const bytes = joinParts(encodeModel(model)) as Uint8Array<ArrayBuffer>;
  return { model: new Blob([bytes]), name: 'decoder.onnx', externalData: [] };
}

function sides(options: DecoderOptions = {}) {
  const source = new MemorySource(joinParts(encodeModel(decoder(options))));
  return openModel({ name: 'decoder.onnx', source, sha256: '', findData: () => undefined }).inspection;
}

const outputs = decoderOutputs(sides()) as DecoderOutputs;
const spec = { ep: 'wasm', threads: 1, outputs } as const;

/** Writes without a cache: it reads the whole text again for each token. */
async function writtenAnew(options: DecoderOptions, prompt: readonly number[], count: number) {
  const description = {
    name: 'ids',
    format: 'npz',
    samples: 1,
    fields: [{ name: 'input_ids', kind: 'numbers', dtype: 'int64', shape: [null] }],
    sizeBytes: 0,
    notes: [],
  } as const;
  const { mapping } = suggestMapping(description, sides());
  const session = await host.open(signal, { ...spec, files: filesOf(options), freeDimensions: {}, profile: false });
  const tokens = [...prompt];
  try {
    const feeder = createSampleFeeder({ mapping, description, inputs: session.inputs, freeDimensions: {} });
    for (let written = 0; written < count; written++) {
      const data = BigInt64Array.from(tokens, BigInt);
      const tensor = { dtype: 'int64', dims: [tokens.length], data };
      const { steps } = feeder.feed({ index: 0, values: { input_ids: { kind: 'tensor', tensor } } });
      const logits = tensorNumbers((await session.run(steps[0])).outputs['logits']!)!;
      tokens.push(likeliestToken(logits.subarray(logits.length - 64)));
    }
  } finally {
    session.close();
  }
  return tokens.slice(prompt.length);
}

it('finds the wiring of a decoder, and says why a model does not write', () => {
  expect(outputs).toEqual({
    logits: 'logits',
    caches: new Map([
      ['present.0.key', 'past_key_values.0.key'],
      ['present.0.value', 'past_key_values.0.value'],
    ]),
  });
  const { inputs, outputs: all } = sides();
  expect(decoderOutputs({ inputs: inputs.slice(0, 3), outputs: all })).toContain('keeps no cache');
  expect(decoderOutputs({ inputs, outputs: all.slice(0, 2) })).toBe(
    'No output continues the cache "past_key_values.0.value".',
  );
  const encoder = { name: 'encoder_hidden_states', dtype: 'float32', shape: [1, null, 8] };
  expect(decoderOutputs({ inputs: [...inputs, encoder], outputs: all })).toContain('another model feeds it');
});

it('writes the same texts with its cache as without, and distinguishes the variants', async () => {
  const prompt = [5, 9, 2];
  const told: WrittenText[] = [];
  const models = [
    { id: 'original', ...spec, files: filesOf({}) },
    { id: 'other', ...spec, files: filesOf({ seed: 1 }) },
  ];
  const texts = await writeTexts(signal, host, { models, prompt, count: 12 }, (text) => told.push(text));
  expect(texts.map(({ tokens }) => tokens)).toEqual([
    await writtenAnew({}, prompt, 12),
    await writtenAnew({ seed: 1 }, prompt, 12),
  ]);
  expect(told.slice(0, 3).map(({ variant, tokens }) => [variant, tokens.length])).toEqual([
    ['original', 1],
    ['other', 1],
    ['original', 2],
  ]);
  expect(texts[0]!.tokensPerSecond).toBeGreaterThan(0);
  const [first] = texts[0]!.tokens;
  const ended = await writeTexts(signal, host, { models, prompt, count: 12, ends: [first!] }, () => undefined);
  expect(ended[0]!.tokens).toEqual([first]);
  expect(firstDifference([1, 2, 3], [1, 2])).toBe(2);
  expect(firstDifference([1, 2], [1, 2])).toBeNull();
});

it('writes as far as the model has positions, and refuses a prompt that leaves none', async () => {
  const models = [{ id: 'original', ...spec, files: filesOf({}) }];
  const promptOf = (length: number) => Array.from({ length }, (_, place) => place);
  const request = { models, prompt: promptOf(decoderPositions - 3), count: 12 };
  const [text] = await writeTexts(signal, host, request, () => undefined);
  expect(text!.tokens).toHaveLength(3);
  const full = { models, prompt: promptOf(decoderPositions), count: 12 };
  await expect(writeTexts(signal, host, full, () => undefined)).rejects.toThrow(
    'The prompt has 64 tokens, but the model reads at most 63 before it writes. Shorten the prompt.',
  );
  const shorter = [{ id: 'original', ...spec, files: filesOf({}, [contextLengthEntry(8)]) }];
  const [stopped] = await writeTexts(
    signal,
    host,
    { models: shorter, prompt: promptOf(6), count: 12 },
    () => undefined,
  );
  expect(stopped!.tokens).toHaveLength(2);
});

it('stops between two tokens', async () => {
  const controller = new AbortController();
  const writing = writeTexts(
    controller.signal,
    host,
    { models: [{ id: 'original', ...spec, files: filesOf({}) }], prompt: [1], count: 1000 },
    () => controller.abort(new Error('stopped')),
  );
  await expect(writing).rejects.toThrow('stopped');
});

it('measures each cache length that the model has positions for, in turns with the original', async () => {
  const models = [
    { id: 'original', files: filesOf({}) },
    { id: 'other', files: filesOf({ seed: 1 }) },
  ];
  const request = { ...spec, models, seed: 1, budgetMs: 2000, cacheLengths: [0, 16, decoderPositions] };
  const [original, other] = await measureGeneration(signal, host, request, () => undefined);
  expect(original).toMatchObject({ variant: 'original', ep: 'wasm', threads: 1 });
  expect(original!.generation.map(({ cacheLength }) => cacheLength)).toEqual([0, 16]);
  for (const { decodeTokensPerSecond, firstTokenMs, interval } of original!.generation) {
    expect(decodeTokensPerSecond).toBeGreaterThan(0);
    expect(firstTokenMs).toBeGreaterThan(0);
    expect(interval[0]).toBeLessThanOrEqual(decodeTokensPerSecond);
  }
  expect(original!.generation[0]!.ratio).toBeUndefined();
  expect(other!.generation[1]!.ratio!.value).toBeGreaterThan(0);
});

it('keeps a cache in float16, in turns with the original', async () => {
  const { model } = storeCache(decoder());
  const models = [
    { id: 'original', ...spec, files: filesOf({}) },
    { id: 'half', ...spec, files: filesOfModel(model) },
  ];
  const [original, half] = await writeTexts(signal, host, { models, prompt: [5, 9, 2], count: 12 }, () => undefined);
  expect(half!.tokens).toEqual(original!.tokens);
  // A benchmark feeds a variant as it feeds the original.
  const open = { ...spec, freeDimensions: {}, profile: false } as const;
  const reference = await host.open(signal, { ...open, files: filesOf({}) });
  const session = await host.open(signal, { ...open, files: filesOfModel(model) });
  const sizes = { batch_size: 1, sequence_length: 4, past_sequence_length: 3 };
  const feeds = createSyntheticFeeds(reference.inputs, sizes, 1);
  const [wanted, got] = [await reference.run(feeds), await session.run(feeds)];
  expect(got.outputs['present.0.key']!.dtype).toBe('float16');
  const [a, b] = [wanted, got].map(({ outputs: given }) => tensorNumbers(given['logits']!)!);
  b!.forEach((value, at) => expect(Math.abs(value - a![at]!)).toBeLessThan(0.02));
  reference.close();
  session.close();
});
