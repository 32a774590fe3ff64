import type { OptionsOf, OptionSpec } from '../option-spec';

export const fixDimensionsOptionSpecs = {
  dimensions: {
    kind: 'list',
    label: 'Sizes',
    explanation:
      'Dimensions with their sizes, as batch=1; one without a name is <input>.<axis>, as image.0=1. Others stay free. Empty: all get the size that Pareto would feed.',
    default: [],
  },
} as const satisfies Record<string, OptionSpec>;

export type FixDimensionsOptions = OptionsOf<typeof fixDimensionsOptionSpecs>;
