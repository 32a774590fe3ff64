/** docs/reference/mapping-file.md is for people who write mappings: what it shows has to work, and it has to show everything. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type {
  BoxLayout,
  DataMapping,
  ImagePreprocessing,
  SoundPreprocessing,
  TextPreprocessing,
} from '../src/engine/data/mapping/mapping';
import { parseMappingText } from '../src/engine/data/mapping/mapping-schema';
import { imagePresets } from '../src/engine/data/pictures/presets';
import { dataHelp } from './options/data-options';

const readRoot = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');
const text = readRoot('docs/reference/mapping-file.md');
const blocks = Array.from(text.matchAll(/```json\n(.*?)```/gs), ([, block]) => block!);

/** A key that the types know and this list does not is an error of the compiler. */
const imageKeys: Record<keyof ImagePreprocessing, true> = {
  ...{ width: true, height: true, fit: true, filter: true, layout: true, channels: true, scale: true },
  ...{ mean: true, std: true, shorterSide: true, padding: true, array: true },
};
const soundKeys: Record<keyof SoundPreprocessing, true> = { sampleRateHz: true, samples: true, array: true };
const textKeys: Record<keyof TextPreprocessing, true> = {
  gives: true,
  length: true,
  padding: true,
  array: true,
  pair: true,
};
const topKeys: Record<keyof DataMapping, true> = { inputs: true, labels: true, task: true, outputs: true, boxes: true };
const boxKeys: Record<keyof BoxLayout, true> = {
  ...{ output: true, scores: true, classes: true, arrangement: true, corners: true, unit: true, after: true },
  ...{ objectness: true, scoring: true, background: true, suppressAbove: true },
};
const otherKeys = ['offset', 'value', 'state', 'image', 'sound', 'folders', 'classes', 'kind', 'output', 'threshold'];
const allKeys = [
  ...Object.keys({ ...imageKeys, ...soundKeys, ...textKeys, ...topKeys, ...boxKeys }),
  ...otherKeys,
  'positive',
];

const inputKindNames = ['array', 'cache', 'image', 'made', 'sound', 'state', 'text', 'value'];

describe('the page about the mapping file', () => {
  it('has examples of every kind of input, label and task', () => {
    const examples = blocks.map((block) => parseMappingText(block, 'example'));
    expect(examples.length).toBeGreaterThan(5);
    const inputKinds = examples.flatMap(({ inputs }) => Object.values(inputs).map((input) => Object.keys(input)[0]));
    expect([...new Set(inputKinds)].toSorted()).toEqual(inputKindNames);
    const tasks = examples.map(({ task }) => task?.kind).filter((kind) => kind !== undefined);
    expect([...new Set(tasks)].toSorted()).toEqual([
      ...['binary', 'classification', 'detection', 'match', 'next-token', 'regression', 'retrieval', 'transcription'],
    ]);
    expect(examples.some(({ labels }) => labels === null)).toBe(true);
  });

  it.each(blocks.map((block, index) => [index, block] as const))('example %i is a mapping', (_, block) => {
    expect(parseMappingText(block, 'example')).toEqual(JSON.parse(block));
  });

  it.each([...new Set(allKeys)])('explains %s', (key) => {
    expect(text).toMatch(new RegExp(`[\`".]${key}[\`"]`));
  });

  it('shows a preset with the values that it has, and names all of them with their titles', () => {
    const target = { width: 224, height: 224, layout: 'NCHW', channels: 3 } as const;
    const shown = blocks.map((block) => parseMappingText(block, 'example').inputs['pixel_values']);
    expect(shown).toContainEqual({ image: imagePresets[0]!.create(target) });
    for (const { id, title, create } of imagePresets) {
      const row = new RegExp(`^\\| \`${id}\` +\\| ${title} .*$`, 'm').exec(text)?.[0] ?? '';
      const { fit, filter, mean } = create(target);
      expect(row).toContain(`\`${fit}\``);
      expect(row).toContain(`\`${filter}\``);
      if (id !== 'imagenet-torchvision') expect(row).toContain(mean.join(', '));
    }
  });

  it('is found from the reference and from the help', () => {
    expect(readRoot('docs/reference/README.md')).toContain('mapping-file.md');
    expect(dataHelp(10)).toContain('docs/reference/mapping-file.md');
  });
});
