/** Tests the inputs of a model that writes besides its tokens. */
import { expect, it } from 'vitest';
import type { ShapeEntry } from '../../onnx/declared-shape';
import type { DataField, DatasetDescription } from '../dataset';
import type { InputDescription } from '../feeds';
import { checkMapping } from '../mapping/check-mapping';
import { parseMapping } from '../mapping/mapping-schema';
import { createSampleFeeder } from '../mapping/sample-feeds';
import { suggestMapping } from '../mapping/suggest-mapping';

function value(name: string, shape: readonly ShapeEntry[], dtype = 'float32'): InputDescription {
  return { name, dtype, shape };
}

const model = {
  inputs: [
    value('input_ids', ['batch', 'sequence'], 'int64'),
    value('attention_mask', ['batch', 'past + sequence'], 'int64'),
    value('position_ids', ['batch', 'sequence'], 'int64'),
    value('use_cache_branch', [1], 'bool'),
    value('past_key_values.0.key', ['batch', 2, 'past', 4]),
    value('past_key_values.0.value', ['batch', 2, 'past', 4], 'float16'),
  ],
  outputs: [
    value('logits', ['batch', 'sequence', 50]),
    value('present.0.key', ['batch', 2, 'past + sequence', 4]),
    value('present.0.value', ['batch', 2, 'past + sequence', 4], 'float16'),
  ],
};

function description(fields: readonly Partial<DataField>[], tokenizer = false): DatasetDescription {
  return {
    name: 'data',
    format: 'npz',
    samples: 2,
    fields: fields.map((field) => ({ name: 'x', kind: 'numbers', dtype: 'int64', shape: [], ...field })),
    sizeBytes: 1,
    notes: [],
    ...(tokenizer && {
      tokenizer: {
        name: 'tokenizer.json',
        kind: 'BPE',
        vocabularySize: 50,
        padding: { id: 0, typeId: 0, isLeft: false },
      },
    }),
  };
}

const texts = description([{ name: 'text', kind: 'text', dtype: 'string' }], true);
const ids = description([{ name: 'input_ids', shape: [3] }]);

it('takes tokens from texts and makes all else: mask, positions, an empty cache', () => {
  const { mapping, reasons } = suggestMapping(texts, model);
  expect(mapping).toEqual({
    inputs: {
      input_ids: { text: { gives: 'input_ids', length: 256, padding: 'longest' } },
      attention_mask: { made: 'mask' },
      position_ids: { made: 'positions' },
      use_cache_branch: { value: 0 },
      'past_key_values.0.key': { cache: 'present.0.key' },
      'past_key_values.0.value': { cache: 'present.0.value' },
    },
    labels: null,
    task: { kind: 'next-token', output: 'logits' },
  });
  expect(checkMapping(mapping, texts, model)).toEqual([]);
  expect(parseMapping(JSON.parse(JSON.stringify(mapping)))).toEqual(mapping);
  expect(reasons).toContain(
    '2 inputs, "past_key_values.0.key" first, are the cache of earlier tokens. It is empty, because each text is read from its beginning.',
  );
});

it('cuts texts to a length that a person chose, and says so', () => {
  const { mapping, reasons } = suggestMapping(texts, model, { textLength: 64 });
  expect(mapping.inputs['input_ids']).toMatchObject({ text: { length: 64 } });
  expect(reasons[0]).toMatch(/: 64 tokens, as chosen\.$/);
});

it('feeds ids of an array with the same, each sample alone', () => {
  const { mapping } = suggestMapping(ids, model);
  const feeder = createSampleFeeder({ mapping, description: ids, inputs: model.inputs, freeDimensions: { past: 9 } });
  expect(feeder.samplesPerRun).toBe(1);
  const tensor = { dtype: 'int64', dims: [3], data: BigInt64Array.of(7n, 8n, 9n) };
  const { steps, tokens } = feeder.feed({ index: 0, values: { input_ids: { kind: 'tensor', tensor } } });
  expect(tokens).toBe('input_ids');
  expect(steps).toEqual([
    {
      input_ids: { dtype: 'int64', dims: [1, 3], data: BigInt64Array.of(7n, 8n, 9n) },
      attention_mask: { dtype: 'int64', dims: [1, 3], data: BigInt64Array.of(1n, 1n, 1n) },
      position_ids: { dtype: 'int64', dims: [1, 3], data: BigInt64Array.of(0n, 1n, 2n) },
      use_cache_branch: { dtype: 'bool', dims: [1], data: Uint8Array.of(0) },
      'past_key_values.0.key': { dtype: 'float32', dims: [1, 2, 0, 4], data: new Float32Array(0) },
      'past_key_values.0.value': { dtype: 'float16', dims: [1, 2, 0, 4], data: new Uint16Array(0) },
    },
  ]);
});

it('reports an input that cannot be a cache or be generated', () => {
  const given = suggestMapping(ids, model).mapping;
  const wrong = {
    ...given,
    inputs: { ...given.inputs, attention_mask: { cache: 'logits' }, input_ids: { made: 'positions' } as const },
  };
  expect(checkMapping(wrong, ids, model)).toEqual([
    'Input "input_ids" cannot be made, because the model has no other input of tokens. Use "array" or "value".',
    'Output "logits" is float32; input "attention_mask", to which it is fed back, is int64.',
  ]);
  const state = { ...model, inputs: [...model.inputs, value('h', ['batch', 2, 50])] };
  const asCache = { ...given, inputs: { ...given.inputs, h: { cache: 'logits' } } };
  expect(checkMapping(asCache, ids, state)).toEqual([
    'Input "h" has no open axis that counts tokens, so it cannot be a cache. Use "state" or "value".',
  ]);
});

it('makes positions for a model without a cache, and leaves its mask to the tokenizer', () => {
  const encoder = { inputs: model.inputs.slice(0, 3), outputs: [value('logits', ['batch', 2])] };
  const { inputs, task } = suggestMapping(texts, encoder).mapping as ReturnType<typeof suggestMapping>['mapping'];
  expect(inputs['attention_mask']).toEqual({ text: { gives: 'attention_mask', length: 128 } });
  expect(inputs['position_ids']).toEqual({ made: 'positions' });
  expect(task).toBeUndefined();
});

it('feeds back counts of a streaming model by their names', () => {
  const streaming = {
    inputs: [
      value('x', ['N', 9, 80]),
      value('processed_lens', ['N'], 'int64'),
      value('cached_len_0', [2, 'N'], 'int64'),
    ],
    outputs: [
      value('encoder_out', ['N', 4, 8]),
      value('new_processed_lens', ['N'], 'int64'),
      value('new_cached_len_0', [2, 'N'], 'int64'),
    ],
  };
  const { inputs } = suggestMapping(description([{ name: 'x', dtype: 'float32', shape: [9, 80] }]), streaming).mapping;
  expect(inputs).toMatchObject({
    processed_lens: { state: 'new_processed_lens' },
    cached_len_0: { state: 'new_cached_len_0' },
  });
});
