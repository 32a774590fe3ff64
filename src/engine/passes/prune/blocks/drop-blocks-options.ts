import type { OptionsOf, OptionSpec } from '../../option-spec';

export const dropBlocksOptionSpecs = {
  blocks: {
    kind: 'number',
    label: 'Blocks',
    explanation: 'How many residual blocks go: those without which the answers change least.',
    default: 1,
    minimum: 1,
    maximum: 32,
    step: 1,
  },
  refit: {
    kind: 'boolean',
    label: 'Repair',
    explanation: 'The layers that follow are fitted to what the original gives.',
    default: true,
  },
  exclude: {
    kind: 'list',
    label: 'Not these nodes',
    explanation: 'Names of nodes whose blocks stay.',
    default: [],
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type DropBlocksOptions = OptionsOf<typeof dropBlocksOptionSpecs>;
