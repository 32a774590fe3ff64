import type { OptionsOf, OptionSpec } from '../../option-spec';

export const dropBlocksOptionSpecs = {
  blocks: {
    kind: 'number',
    label: 'Blocks',
    explanation: 'The number of residual blocks to remove: those whose removal changes the outputs least.',
    default: 1,
    minimum: 1,
    maximum: 32,
    step: 1,
  },
  refit: {
    kind: 'boolean',
    label: 'Repair',
    explanation: "Fits the following layers to the original's outputs by least squares.",
    default: true,
  },
  exclude: {
    kind: 'list',
    label: 'Not these nodes',
    explanation: 'Nodes whose blocks stay.',
    default: [],
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type DropBlocksOptions = OptionsOf<typeof dropBlocksOptionSpecs>;
