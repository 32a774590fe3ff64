import type { OptionsOf, OptionSpec } from '../option-spec';

export const factorizeOptionSpecs = {
  remove: {
    kind: 'number',
    label: 'Remove',
    explanation: 'The share that goes of what the layers cost; how it is spread over them is worked out.',
    default: 0.3,
    minimum: 0,
    maximum: 0.95,
    step: 0.05,
    isShare: true,
  },
  of: {
    kind: 'choice',
    label: 'Of',
    explanation: 'What is counted, of the layers that can be factorized.',
    default: 'macs',
    choices: [
      { value: 'macs', label: 'MACs', explanation: 'Multiplications: what a run takes.' },
      { value: 'parameters', label: 'Parameters', explanation: 'Numbers in the weights.' },
    ],
  },
  method: {
    kind: 'choice',
    label: 'Method',
    explanation: 'What two layers take the place of one.',
    default: 'auto',
    choices: [
      { value: 'auto', label: 'Automatic', explanation: 'For each layer what loses least.' },
      {
        value: 'svd',
        label: 'Fewer channels between',
        explanation: 'The same layer with few channels, then one that mixes them (singular value decomposition).',
      },
      {
        value: 'spatial-svd',
        label: 'Columns, then rows',
        explanation: 'A convolution down the columns, then one along the rows. Only convolutions of pictures.',
      },
      {
        value: 'depthwise-separable',
        label: 'Depthwise, then pointwise',
        explanation: 'A convolution of each channel by itself, then one that mixes them. Only convolutions.',
      },
    ],
  },
  refit: {
    kind: 'boolean',
    label: 'Repair',
    explanation: 'The second of both layers is fitted to what the original gives; needs data without labels.',
    default: true,
  },
  include: {
    kind: 'list',
    label: 'Only these nodes',
    explanation: 'Names of nodes that may be factorized; empty means all.',
    default: [],
    advanced: true,
  },
  exclude: {
    kind: 'list',
    label: 'Not these nodes',
    explanation: 'Names of nodes that stay as they are.',
    default: [],
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type FactorizeOptions = OptionsOf<typeof factorizeOptionSpecs>;

export const costNames = { macs: 'MACs', parameters: 'parameters' } as const;
