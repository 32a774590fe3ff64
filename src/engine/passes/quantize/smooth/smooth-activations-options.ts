import type { OptionsOf, OptionSpec } from '../../option-spec';
import { leftNodes } from '../node-choice';

export const smoothActivationsOptionSpecs = {
  before: {
    kind: 'choice',
    default: 'integers',
    label: 'Before',
    explanation: 'What is to lose less.',
    choices: [
      {
        value: 'integers',
        label: 'Integer arithmetic',
        explanation: 'SmoothQuant: for integer arithmetic with ranges from data.',
      },
      {
        value: 'weights',
        label: 'Weights in fewer bits',
        explanation: 'AWQ: weights that are multiplied with much are rounded finer, for “Quantize weights”.',
      },
    ],
  },
  strength: {
    kind: 'choice',
    default: 'auto',
    label: 'Strength',
    explanation: 'How much of the difference between channels goes into the weights.',
    choices: [
      { value: 'auto', label: 'As it helps', explanation: 'Chosen for each value on your data.' },
      { value: '0.3', label: 'A little', explanation: '0.3 of it.' },
      { value: '0.5', label: 'Half', explanation: '0.5 of it.' },
      { value: '0.7', label: 'Most', explanation: '0.7 of it.' },
    ],
  },
  exclude: leftNodes,
} as const satisfies Record<string, OptionSpec>;

export type SmoothActivationsOptions = OptionsOf<typeof smoothActivationsOptionSpecs>;
