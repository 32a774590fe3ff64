import { describe, expect, it } from 'vitest';
import { readDecoderConfig } from './decoder-config';
import type { GgufScalar } from './read-gguf';

const read = (entries: Readonly<Record<string, GgufScalar>>) =>
  readDecoderConfig({
    metadata: new Map<string, GgufScalar>([
      ['general.architecture', 'llama'],
      ...Object.entries({
        block_count: 2,
        embedding_length: 16,
        feed_forward_length: 32,
        'attention.head_count': 2,
        'attention.layer_norm_rms_epsilon': 1e-5,
        'rope.freq_base': 16,
        ...entries,
      }).map(([key, value]) => [`llama.${key}`, value] as const),
    ]),
    tensors: new Map(),
  });

describe('the frequencies of positions', () => {
  it.each<[string, Readonly<Record<string, GgufScalar>>, number]>([
    ['no factor', {}, 1],
    ['a factor and its kind', { 'rope.scaling.type': 'linear', 'rope.scaling.factor': 4 }, 4],
    ['a factor alone', { 'rope.scaling.factor': 4 }, 4],
    ['the former key of the factor', { 'rope.scale_linear': 4 }, 4],
    ['a factor of 0', { 'rope.scaling.factor': 0 }, 1],
    ['a factor that is switched off', { 'rope.scaling.type': 'none', 'rope.scaling.factor': 4 }, 1],
  ])('are scaled as in llama.cpp: %s', (_, entries, scaling) => {
    const frequencies = [1, 0.5, 0.25, 0.125].map((frequency) => frequency / scaling);
    expect([...read(entries).frequencies]).toEqual(frequencies);
  });

  it('are refused if their base is not positive', () => {
    expect(() => read({ 'rope.freq_base': 0 })).toThrow('its RoPE base is 0');
  });

  it('are refused with another scaling', () => {
    expect(() => read({ 'rope.scaling.type': 'yarn', 'rope.scaling.factor': 4 })).toThrow('“yarn”');
  });
});
