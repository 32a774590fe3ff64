import { leftNodes, takenNodes } from '../node-choice';
import type { OptionsOf, OptionSpec } from '../option-spec';

export const factorizeOptionSpecs = {
  remove: {
    kind: 'number',
    label: 'Remove',
    explanation: "The share of the layers' cost to remove. Ranks per layer are chosen automatically.",
    default: 0.3,
    minimum: 0,
    maximum: 0.95,
    step: 0.05,
    isShare: true,
  },
  of: {
    kind: 'choice',
    label: 'Cost',
    explanation: 'Remove is a share of this cost, over all layers that can be factorized.',
    default: 'macs',
    choices: [
      { value: 'macs', label: 'MACs', explanation: 'Multiply-accumulates of one run.' },
      { value: 'parameters', label: 'Parameters', explanation: 'Numbers in the weights.' },
    ],
  },
  method: {
    kind: 'choice',
    label: 'Method',
    explanation: 'The form of the two layers.',
    default: 'auto',
    choices: [
      { value: 'auto', label: 'Automatic', explanation: 'For each layer, the form with the least loss.' },
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
    explanation: "Fits the second layer to the original's outputs by least squares. Needs data, no labels.",
    default: true,
  },
  include: { ...takenNodes, explanation: 'Nodes that may be factorized. Empty: all.' },
  exclude: leftNodes,
} as const satisfies Record<string, OptionSpec>;

export type FactorizeOptions = OptionsOf<typeof factorizeOptionSpecs>;

export const costNames = { macs: 'MACs', parameters: 'parameters' } as const;
