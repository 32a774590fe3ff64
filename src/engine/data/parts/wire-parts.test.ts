import { describe, expect, it } from 'vitest';
import type { ShapeEntry } from '../../onnx/declared-shape';
import type { InputDescription } from '../feeds';
import { wireChain, type PartSides } from './wire-chain';
import { wireWriter, type WriterWiring } from './wire-writer';

function value(name: string, shape: readonly ShapeEntry[], dtype = 'float32'): InputDescription {
  return { name, dtype, shape };
}

const part = (name: string, inputs: readonly InputDescription[], outputs: readonly InputDescription[]): PartSides => ({
  ...{ name, inputs, outputs },
});

const encoder = part(
  'encoder_model',
  [value('input_ids', ['batch', 'source'], 'int64'), value('attention_mask', ['batch', 'source'], 'int64')],
  [value('last_hidden_state', ['batch', 'source', 16])],
);
const crossing = [
  value('encoder_attention_mask', ['batch', 'source'], 'int64'),
  value('input_ids', ['batch', 'target'], 'int64'),
  value('encoder_hidden_states', ['batch', 'source', 16]),
];
const past = [
  value('past_key_values.0.decoder.key', ['batch', 2, 'past_decoder_sequence_length', 8]),
  value('past_key_values.0.encoder.key', ['batch', 2, 'encoder_sequence_length_out', 8]),
];
const logits = value('logits', ['batch', 'target', 40]);
const present = [
  value('present.0.decoder.key', ['batch', 2, 'past_decoder_sequence_length + 1', 8]),
  value('present.0.encoder.key', ['batch', 2, 'encoder_sequence_length_out', 8]),
];

function sourcesOf(wiring: ReturnType<typeof wireWriter>, run: 'first' | 'later') {
  return Object.fromEntries((wiring as WriterWiring)[run].sources.map(({ input, source }) => [input.name, source]));
}

describe('an encoder with its decoder', () => {
  it('is wired as optimum names them, without a cache', () => {
    const wiring = wireWriter([part('decoder_model', crossing, [logits]), encoder]);
    expect(wiring).toMatchObject({ encoder: 'encoder_model', first: { logits: 'logits', readsAll: true } });
    expect(sourcesOf(wiring, 'first')).toEqual({
      input_ids: { kind: 'tokens' },
      encoder_attention_mask: { kind: 'encoder-mask' },
      encoder_hidden_states: { kind: 'encoder', output: 'last_hidden_state' },
    });
  });

  it('is wired through a merged decoder, which keeps the cache of the encoder', () => {
    const inputs = [...crossing, ...past, value('use_cache_branch', [1], 'bool')];
    const merged = part('decoder_model_merged', inputs, [logits, ...present]);
    const wiring = wireWriter([part('decoder_model', crossing, [logits]), merged, encoder]);
    expect(wiring).toMatchObject({ first: { part: 'decoder_model_merged' }, later: { readsAll: false } });
    expect(sourcesOf(wiring, 'later')).toMatchObject({
      use_cache_branch: { kind: 'cache-switch' },
      'past_key_values.0.decoder.key': { kind: 'cache', output: 'present.0.decoder.key', axis: 2, isKept: false },
      'past_key_values.0.encoder.key': { kind: 'cache', output: 'present.0.encoder.key', isKept: true },
    });
  });

  it('is wired through two decoders, of which the first fills the cache', () => {
    const first = part('decoder_model', crossing, [logits, ...present]);
    const later = part('decoder_with_past_model', [crossing[0]!, crossing[1]!, ...past], [logits, present[0]!]);
    const wiring = wireWriter([encoder, first, later]);
    expect(wiring).toMatchObject({ first: { part: 'decoder_model' }, later: { part: 'decoder_with_past_model' } });
    expect(sourcesOf(wiring, 'later')).toMatchObject({
      'past_key_values.0.encoder.key': { output: 'present.0.encoder.key', isKept: true },
    });
  });

  it('is wired through the state of a recurrent decoder, which begins with that of the encoder', () => {
    const state = (name: string) => value(name, [1, 'batch', 8]);
    const reading = part('encoder', [value('src', ['batch', 'n'], 'int64')], [state('hidden'), state('cell')]);
    const scores = value('scores', ['batch', 40]);
    const firstsOf = (names: readonly string[]) => {
      const inputs = [value('token', ['batch', 1], 'int64'), ...names.map((name) => state(`${name}_in`))];
      const outputs = [scores, ...names.map((name) => state(`${name}_out`))];
      return sourcesOf(wireWriter([reading, part('decoder', inputs, outputs)]), 'later');
    };
    expect(firstsOf(['cell', 'hidden'])).toMatchObject({
      hidden_in: { kind: 'state', output: 'hidden_out', first: 'hidden' },
      cell_in: { kind: 'state', output: 'cell_out', first: 'cell' },
    });
    expect(firstsOf(['h', 'c'])).toMatchObject({ h_in: { first: 'hidden' }, c_in: { first: 'cell' } });
  });

  it('is wired by names if several outputs fit', () => {
    const hidden = value('hidden_out', ['batch', 2, 16]);
    const mask = value('src_mask', ['batch', 'n'], 'bool');
    const reading = part(
      'encoder',
      [value('src', ['batch', 'n'], 'int64'), mask],
      [hidden, value('memory_out', ['batch', 'n', 16])],
    );
    const inputs = [
      value('prefix', ['batch', 'm'], 'int64'),
      value('memory', ['batch', 'n', 16]),
      mask,
      value('hidden', ['batch', 2, 16]),
    ];
    const wiring = wireWriter([reading, part('decoder', inputs, [value('logprobs', ['batch', 40]), hidden])]);
    expect(sourcesOf(wiring, 'later')).toEqual({
      prefix: { kind: 'tokens' },
      memory: { kind: 'encoder', output: 'memory_out' },
      src_mask: { kind: 'encoder-mask' },
      hidden: { kind: 'state', output: 'hidden_out', first: 'hidden_out' },
    });
  });

  it('says which input nothing feeds, and is none without tokens', () => {
    const odd = part('decoder', [...crossing, value('speaker', [1, 7])], [logits]);
    expect(wireWriter([encoder, odd])).toBe(
      'Input "speaker" of decoder is fed by no output of encoder_model and by none of its own.',
    );
    expect(wireWriter([encoder, part('decoder', [value('emb', [1, 16])], [logits])])).toBeUndefined();
  });
});

describe('parts one after the other', () => {
  const x = value('x', [1, 'n']);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => value(name, [1, 'n', 4]));

  it('run in the order of the passed values, regardless of the file order', () => {
    const wiring = wireChain([part('last', [b!, a!], [c!]), part('middle', [a!, x], [b!]), part('first', [x], [a!])]);
    expect(wiring).toMatchObject({
      order: ['first', 'middle', 'last'],
      inputs: [{ name: 'x' }],
      outputs: [{ name: 'c' }],
    });
  });

  it.each([
    ['apart', [part('p', [x], [a!]), part('q', [x], [b!])], /not connected/],
    ['in a circle', [part('p', [x, b!], [a!]), part('q', [a!], [b!])], /p and q feed each other in a circle/],
    ['with one name twice', [part('p', [x], [a!]), part('q', [x], [a!])], /both have an output "a"/],
    ['of other shapes', [part('p', [x], [a!]), part('q', [value('a', [1, 'n', 5])], [b!])], /"a" of q differs/],
    ['of other types', [part('p', [x], [a!]), part('q', [value('a', [1, 'n', 4], 'int64')], [b!])], /"a" of q differs/],
  ])('are refused with a reason if they are %s', (_, parts, reason) => {
    expect(wireChain(parts)).toMatch(reason);
  });
});
