import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isParetoError } from '../../errors';
import { imagePresets } from '../pictures/presets';
import type { DataMapping } from './mapping';
import { parseMapping, parseMappingText } from './mapping-schema';

const image = imagePresets[0]!.create({ width: 224, height: 224, layout: 'NCHW', channels: 3 });

const full: DataMapping = {
  inputs: {
    pixels: { image: { ...image, padding: 114, array: 'photo' } },
    waves: { sound: { sampleRateHz: 16000, samples: 512, array: 'sound' } },
    ids: { array: 'tokens' },
    table: { array: 'features', scale: 0.5, offset: -1 },
    columns: { array: ['sepal length', 'petal width'], scale: 2 },
    each: { array: ['sepal length', 'petal width'], scale: [0.5, 2], offset: [-1, 0] },
    sr: { value: 16000 },
    h: { state: 'hn' },
  },
  labels: { array: 'y', classes: ['no', 'yes'] },
  task: { kind: 'binary', output: 'probability', threshold: 0.5, positive: 'yes' },
};

function messageOf(value: unknown): string {
  try {
    parseMapping(value, 'mapping.json');
  } catch (error) {
    expect(isParetoError(error) && error.code).toBe('mapping/invalid');
    return (error as Error).message;
  }
  return 'accepted';
}

describe('parseMapping', () => {
  it('reads every kind of input and gives the same object back', () => {
    expect(parseMapping(full)).toEqual(full);
    expect(parseMappingText(JSON.stringify(full), 'm.json')).toEqual(full);
    expect(parseMapping({ inputs: {} })).toEqual({ inputs: {}, labels: null });
    expect(parseMapping({ inputs: {}, labels: { folders: true } }).labels).toEqual({ folders: true });
    const folders = { folders: true, classes: ['dog', 'cat'] };
    expect(parseMapping({ inputs: {}, labels: folders }).labels).toEqual(folders);
    for (const preset of imagePresets) {
      for (const channels of [1, 3] as const) {
        const made = preset.create({ width: 28, height: 28, layout: 'NHWC', channels });
        expect(parseMapping({ inputs: { x: { image: made } } }).inputs).toEqual({ x: { image: made } });
      }
    }
  });

  const withImage = (changes: object): object => ({ inputs: { x: { image: { ...image, ...changes } } } });

  it.each([
    [null, 'it must be an object with "inputs" and "labels"'],
    [[], 'inputs is missing; it must have one entry for each input of the model, at most 1024'],
    [{ labels: null }, 'inputs is missing; it must have one entry for each input of the model, at most 1024'],
    [{ inputs: {}, extra: 1 }, 'extra is not a known key'],
    [{ inputs: {}, labels: 'y' }, 'labels must be { "array": … }, { "folders": true } or null'],
    [
      { inputs: {}, labels: { folders: true, classes: ['cat', 'cat'] } },
      "labels.classes must be a list of 2 to 32768 different names, in the order of the model's outputs",
    ],
    [
      { inputs: {}, labels: { array: 'y', classes: ['cat'] } },
      "labels.classes must be a list of 2 to 32768 different names, in the order of the model's outputs",
    ],
    [
      { inputs: {}, task: { kind: 'binary', output: 'y', threshold: 0, positive: 1 } },
      'task.positive must be the name of the class that means yes',
    ],
    [
      { inputs: { x: 3 } },
      'inputs.x must be one of "array", "image", "sound", "text", "value", "state", "cache" and "made"',
    ],
    [
      { inputs: { x: {} } },
      'inputs.x.array is missing; it must be the name of an array, a column or another field of the data, or a list of 1 to 16384 different columns',
    ],
    [
      { inputs: {}, labels: { array: ['y'] } },
      'labels.array must be the name of an array, a column or another field of the data',
    ],
    ...[[], ['a', 'a']].map((array): [unknown, string] => [
      { inputs: { x: { array } } },
      'inputs.x.array must be the name of an array, a column or another field of the data, or a list of 1 to 16384 different columns',
    ]),
    [
      { inputs: { x: { array: ['a', 3] } } },
      'inputs.x.array.1 must be the name of an array, a column or another field of the data, or a list of 1 to 16384 different columns',
    ],
    [{ inputs: { x: { value: '1' } } }, 'inputs.x.value must be a number'],
    ...[[], '1', null].map((scale): [unknown, string] => [
      { inputs: { x: { array: 'a', scale } } },
      'inputs.x.scale must be a number, or a list with one per column or channel, at most 16384',
    ]),
    [
      { inputs: { x: { array: 'a', offset: [1, 'b'] } } },
      'inputs.x.offset.1 must be a number, or a list with one per column or channel, at most 16384',
    ],
    [{ inputs: { x: { value: 1, scale: 2 } } }, 'inputs.x.scale is not a known key'],
    [
      { inputs: { x: { sound: { sampleRateHz: 1, samples: 1 } } } },
      'inputs.x.sound.sampleRateHz must be an integer from 100 to 1000000',
    ],
    [withImage({ width: 100_000 }), 'inputs.x.image.width must be an integer from 1 to 8192'],
    [withImage({ height: 1.5 }), 'inputs.x.image.height must be an integer from 1 to 8192'],
    [withImage({ fit: 'crop' }), 'inputs.x.image.fit must be "exact", "cover" or "contain"'],
    [withImage({ std: [0] }), 'inputs.x.image.std must be a list of one number, or one per channel, none of them 0'],
    [
      withImage({ mean: [1, 2] }),
      'inputs.x.image needs one number in "mean" and in "std", or one per channel, and at most 16777216 pixels',
    ],
    [withImage({ mean: ['a'] }), 'inputs.x.image.mean.0 must be a list of one number, or one per channel'],
    [withImage({ Scale: 1 }), 'inputs.x.image.Scale is not a known key'],
    [
      { inputs: {}, task: { kind: 'ranking' } },
      'task.kind must be { "kind": "classification", "binary", "regression", "detection", "transcription", "retrieval", "next-token" or "match" } with its other keys',
    ],
    [{ inputs: {}, task: { kind: 'regression' } }, 'task.output is missing; it must be the name of an output'],
  ])('names the problem of %j', (value, sentence) => {
    expect(messageOf(value)).toBe(`mapping.json cannot be used: ${sentence}.`);
  });

  it('bounds names, inputs and text', () => {
    expect(messageOf({ inputs: { x: { array: 'a'.repeat(2000) } } })).toContain('inputs.x.array must be the name');
    const many = Object.fromEntries(Array.from({ length: 1100 }, (_, index) => [`x${index}`, { value: 0 }]));
    expect(messageOf(withImage({ width: 8192, height: 8192 }))).toContain('at most 16777216 pixels');
    expect(messageOf({ inputs: many })).toContain('at most 1024');
    for (const text of ['', '{', ' '.repeat(1_000_001)]) {
      expect(() => parseMappingText(text, 'm.json')).toThrow('m.json cannot be used: a mapping is a JSON document');
    }
  });

  it('answers every damaged mapping with the mapping or a sentence', () => {
    const text = JSON.stringify(full);
    const damage = fc.record({ at: fc.nat(text.length - 1), cut: fc.nat(40), put: fc.string({ maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
        const damaged = damages.reduce(
          (each, { at, cut, put }) => each.slice(0, at) + put + each.slice(at + cut),
          text,
        );
        expectMappingOrSentence(() => parseMappingText(damaged, 'm.json'));
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expectMappingOrSentence(() => parseMapping(value));
        expectMappingOrSentence(() => parseMapping({ inputs: { x: value }, labels: value, task: value }));
      }),
    );
  });
});

function expectMappingOrSentence(parse: () => DataMapping): void {
  try {
    const { inputs, labels } = parse();
    expect([typeof inputs, typeof labels]).toEqual(['object', 'object']);
  } catch (error) {
    expect(isParetoError(error), String(error)).toBe(true);
    expect((error as Error).message).toMatch(/^\S.*\.$/s);
  }
}
