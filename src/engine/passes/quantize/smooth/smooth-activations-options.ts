import type { OptionsOf, OptionSpec } from '../../option-spec';
import { leftNodes } from '../node-choice';

export const smoothActivationsOptionSpecs = {
  before: {
    kind: 'choice',
    default: 'integers',
    label: 'Before',
    explanation: 'The quantization to prepare for.',
    choices: [
      {
        value: 'integers',
        label: 'int8 (static)',
        explanation: 'SmoothQuant: for int8 (static).',
      },
      {
        value: 'weights',
        label: 'Weight-only quantization',
        explanation: 'AWQ: weights that are multiplied with much are rounded finer, for “Quantize weights”.',
      },
    ],
  },
  strength: {
    kind: 'choice',
    default: 'auto',
    label: 'Strength',
    explanation: 'The share of the channel differences that moves into the weights.',
    choices: [
      { value: 'auto', label: 'Automatic', explanation: 'Chosen for each value on your data.' },
      { value: '0.3', label: 'A little', explanation: 'A share of 0.3.' },
      { value: '0.5', label: 'Half', explanation: 'A share of 0.5.' },
      { value: '0.7', label: 'Most', explanation: 'A share of 0.7.' },
    ],
  },
  exclude: leftNodes,
} as const satisfies Record<string, OptionSpec>;

export type SmoothActivationsOptions = OptionsOf<typeof smoothActivationsOptionSpecs>;
