import { describe, expect, it } from 'vitest';
import { resolveRecipe } from './pipeline';
import { presetFamilies, presets } from './presets';

describe('presets', () => {
  it.each(presets.map((preset) => [preset.id, preset] as const))('%s can run as it stands', (_id, preset) => {
    expect(resolveRecipe(preset.recipe).length).toBe(preset.recipe.steps.length);
  });

  it('stands in at most eight families, none of them empty', () => {
    expect(presetFamilies.length).toBeLessThanOrEqual(8);
    for (const { id } of presetFamilies) expect(presets.some(({ family }) => family === id)).toBe(true);
  });

  it('has an id and a title for each, none twice', () => {
    expect(new Set(presets.map((preset) => preset.id)).size).toBe(presets.length);
    expect(new Set(presets.map((preset) => preset.title)).size).toBe(presets.length);
  });
});
