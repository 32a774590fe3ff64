import { describe, expect, it } from 'vitest';
import type { DatasetDescription } from '../dataset';
import type { DataMapping } from './mapping';
import { preprocessingCandidates, type Statistics } from './preprocessing-candidates';

describe('preprocessingCandidates', () => {
  it('gives each color its own numbers, and an array without colors beside them their mean', () => {
    const description: DatasetDescription = {
      ...{ name: 'scenes.npz', format: 'npz', samples: 1, sizeBytes: 256, notes: [] },
      fields: [
        { name: 'seen', kind: 'numbers', dtype: 'uint8', shape: [8, 8, 3] },
        { name: 'depth', kind: 'numbers', dtype: 'uint8', shape: [8, 8] },
      ],
    };
    const mapping: DataMapping = { inputs: { seen: { array: 'seen' }, depth: { array: 'depth' } }, labels: null };
    const measured = (count: number): Statistics => {
      const [low, high] = [0, 100].map((value) => Array.from({ length: count }, () => value));
      return { mean: high!, std: high!, least: low!, most: high! };
    };
    const statistics = new Map([
      ['seen', measured(3)],
      ['depth', measured(1)],
    ]);
    const candidates = preprocessingCandidates(mapping, description, statistics);
    const { seen, depth } = candidates.find(({ title }) => title.includes('ImageNet'))!.inputs;
    expect(seen).toMatchObject({ offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225] });
    expect(depth).toEqual({
      array: 'depth',
      scale: expect.closeTo(1 / 255 / 0.226, 9),
      offset: expect.closeTo(-0.449 / 0.226, 9),
    });
    const own = candidates.at(-1)!.inputs;
    expect(own['seen']).toMatchObject({ scale: [0.01, 0.01, 0.01] });
    expect(own['depth']).toEqual({ array: 'depth', scale: 0.01, offset: -1 });
  });
});
