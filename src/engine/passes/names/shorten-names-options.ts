import { leastSavingOption } from '../least-saving';
import type { OptionsOf, OptionSpec } from '../option-spec';

export const shortenNamesOptionSpecs = {
  keepNodeNames: {
    kind: 'boolean',
    label: 'Keep names of nodes',
    explanation: 'For reading the graph. Without names, a node is called by its operator and position: Conv_12.',
    default: false,
  },
  leastSaving: leastSavingOption,
} as const satisfies Record<string, OptionSpec>;

export type ShortenNamesOptions = OptionsOf<typeof shortenNamesOptionSpecs>;
