import { expect, it } from 'vitest';
import { imagePresets } from '../pictures/presets';
import { applyPreset } from './apply-preset';
import type { DataMapping } from './mapping';

it('changes how pictures become numbers, and nothing else', () => {
  const none = imagePresets.find(({ id }) => id === 'none')!;
  const clip = imagePresets.find(({ id }) => id === 'clip')!;
  const target = { width: 64, height: 48, layout: 'NHWC' } as const;
  const mapping: DataMapping = {
    inputs: {
      color: { image: { ...none.create({ ...target, channels: 3 }), array: 'photo' } },
      gray: { image: none.create({ ...target, channels: 1 }) },
      other: { value: 3 },
    },
    labels: { folders: true },
  };
  const applied = applyPreset(mapping, clip);
  expect(applied.inputs).toEqual(['color', 'gray']);
  expect(applied.mapping).toEqual({
    inputs: {
      color: { image: { ...clip.create({ ...target, channels: 3 }), array: 'photo' } },
      gray: { image: clip.create({ ...target, channels: 1 }) },
      other: { value: 3 },
    },
    labels: { folders: true },
  });
  expect(applyPreset({ inputs: { x: { value: 0 } }, labels: null }, clip).inputs).toEqual([]);
});
