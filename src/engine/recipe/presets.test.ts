import { describe, expect, it } from 'vitest';
import { resolveRecipe } from './pipeline';
import { presets } from './presets';

describe('presets', () => {
  it.each(presets.map((preset) => [preset.id, preset] as const))('%s can run as it stands', (_id, preset) => {
    expect(resolveRecipe(preset.recipe).length).toBe(preset.recipe.steps.length);
  });

  it('has an id and a title for each, none twice', () => {
    expect(new Set(presets.map((preset) => preset.id)).size).toBe(presets.length);
    expect(new Set(presets.map((preset) => preset.title)).size).toBe(presets.length);
  });
});
