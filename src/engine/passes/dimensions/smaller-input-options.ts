import type { OptionsOf, OptionSpec } from '../option-spec';

export const smallerInputOptionSpecs = {
  keep: {
    kind: 'number',
    label: 'Share to keep',
    explanation:
      'The share of height and width of pictures, rounded to multiples of 32, or of the tokens of a text, in multiples of 8: 86 % makes 192 of 224.',
    default: 0.86,
    minimum: 0.25,
    maximum: 0.95,
    step: 0.01,
    isShare: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type SmallerInputOptions = OptionsOf<typeof smallerInputOptionSpecs>;
