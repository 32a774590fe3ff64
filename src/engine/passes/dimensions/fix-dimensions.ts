import type { OptionsOf, OptionSpec } from '../option-spec';
import { definePass } from '../pass';

const options = {
  dimensions: {
    kind: 'list',
    label: 'Sizes',
    explanation:
      'Dimensions with their sizes, as batch=1; one without a name is <input>.<axis>, as image.0=1. Others stay free. Empty: all get the size that Pareto would feed.',
    default: [],
  },
} as const satisfies Record<string, OptionSpec>;

export type FixDimensionsOptions = OptionsOf<typeof options>;

export const fixDimensions = definePass({
  id: 'fix-dimensions',
  title: 'Fix free dimensions',
  summary: 'Gives free dimensions of the inputs a size, as WebNN needs: the variant takes inputs of these sizes only.',
  options,
  script: async (chosen) => (await import('./dimensions-script')).scriptOfDimensions(chosen),
  run: async (...given) => (await import('./run-fix-dimensions')).runFixDimensions(...given),
});
