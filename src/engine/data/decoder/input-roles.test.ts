import { expect, it } from 'vitest';
import type { ShapeEntry } from '../../onnx/declared-shape';
import type { InputDescription } from '../feeds';
import { freeDimensionsOf, pastTokens, withSuggestedDimensions } from '../free-dimensions';
import { inputRoles } from './input-roles';
import { createSyntheticFeeds } from '../synthetic';

function input(name: string, shape: readonly ShapeEntry[], dtype = 'float32'): InputDescription {
  return { name, dtype, shape };
}

const beside = [
  input('input_ids', ['batch_size', 'sequence_length'], 'int64'),
  input('attention_mask', ['batch_size', 'total_sequence_length'], 'int64'),
  input('position_ids', ['batch_size', 'sequence_length'], 'int64'),
];
const rolesOf = (inputs: readonly InputDescription[]) =>
  Array.from(inputRoles(inputs), ([name, role]) => `${name} ${role.kind}${'axis' in role ? ` ${role.axis}` : ''}`);

/** The names that exporters give the same wiring. */
const caches: readonly (readonly [string, InputDescription, number])[] = [
  ['optimum', input('past_key_values.0.key', ['batch_size', 3, 'past_sequence_length', 64]), 2],
  ['GenAI', input('past_key_values.0.value', ['batch_size', 3, 'past_sequence_length', 64], 'float16'), 2],
  ['GPT-2 of ONNX Runtime', input('past_0', [2, 'batch_size', 12, 'past_seq_len', 64]), 3],
  ['without symbols', input('past_0', [2, null, 12, null, 64]), 3],
  ['keys in columns', input('past_key_0', ['batch_size', 8, 64, 'past_len']), 3],
  [
    'a merged decoder',
    input('past_key_values.0.decoder.key', ['batch_size', 6, 'past_decoder_sequence_length', 64]),
    2,
  ],
  ['its encoder', input('past_key_values.0.encoder.key', ['batch_size', 6, 'encoder_sequence_length_out', 64]), 2],
];

it.each(caches)('assigns the cache and the other decoder inputs their roles: %s', (_, cache, axis) => {
  expect(rolesOf([...beside, cache])).toEqual([
    'input_ids tokens',
    'attention_mask mask',
    'position_ids positions',
    `${cache.name} cache ${axis}`,
  ]);
});

it('takes no state of a fixed size for a cache, and no other input for a role', () => {
  const x = input('x', ['N', 39, 80]);
  const states = [
    input('cached_key_0', [2, 'N', 64, 128]),
    input('cached_len_0', [2, 'N'], 'int64'),
    input('state', [2, null, 128]),
    input('past_hidden', [2, 'N', 128]),
  ];
  expect(rolesOf([x, ...states])).toEqual([]);
});

it('knows the branch of a merged decoder and vectors in the place of ids', () => {
  const merged = [input('inputs_embeds', ['b', 's', 64]), input('use_cache_branch', [1], 'bool')];
  expect(rolesOf(merged)).toEqual(['inputs_embeds tokens', 'use_cache_branch cache-switch']);
});

const decoder = [...beside, input('past_key_values.0.key', ['batch_size', 1, 'past_sequence_length', 8])];

it('sizes the mask to cache plus tokens, regardless of the requested size', () => {
  const sizes = withSuggestedDimensions(decoder, {
    sequence_length: 5,
    past_sequence_length: 7,
    total_sequence_length: 1,
  });
  expect(sizes).toEqual({ batch_size: 1, sequence_length: 5, past_sequence_length: 7, total_sequence_length: 12 });
  expect(pastTokens(decoder, sizes)).toBe(7);
  const free = freeDimensionsOf(decoder);
  expect(free.map(({ key, suggested, isDependent }) => [key, suggested, isDependent])).toEqual([
    ['batch_size', 1, false],
    ['sequence_length', 128, false],
    ['total_sequence_length', 128, true],
    ['past_sequence_length', 0, false],
  ]);
});

it('feeds an empty cache, or zeros with positions that follow it in every row', () => {
  const switched = [...decoder, input('use_cache_branch', [1], 'bool')];
  const first = createSyntheticFeeds(switched, { sequence_length: 3 }, 1);
  expect(first['past_key_values.0.key']).toMatchObject({ dims: [1, 1, 0, 8], data: new Float32Array(0) });
  expect(first['attention_mask']).toMatchObject({ dims: [1, 3], data: BigInt64Array.of(1n, 1n, 1n) });
  expect(first['use_cache_branch']!.data).toEqual(Uint8Array.of(0));
  const later = createSyntheticFeeds(switched, { batch_size: 2, sequence_length: 2, past_sequence_length: 4 }, 1);
  expect(later['position_ids']!.data).toEqual(BigInt64Array.of(4n, 5n, 4n, 5n));
  expect(later['attention_mask']!.dims).toEqual([2, 6]);
  expect(later['past_key_values.0.key']!.data).toEqual(new Float32Array(2 * 4 * 8));
  expect(later['use_cache_branch']!.data).toEqual(Uint8Array.of(1));
});
