import type { OptionsOf, OptionSpec } from '../option-spec';

export const fixDimensionsOptionSpecs = {
  dimensions: {
    kind: 'list',
    label: 'Sizes',
    explanation:
      'Dimensions with their sizes, such as batch=1; an unnamed one is <input>.<axis>, such as image.0=1. Others stay free. Empty: all get the size that Pareto would use.',
    default: [],
  },
} as const satisfies Record<string, OptionSpec>;

export type FixDimensionsOptions = OptionsOf<typeof fixDimensionsOptionSpecs>;
