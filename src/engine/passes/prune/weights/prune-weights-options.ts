import { leftNodes, takenNodes } from '../../node-choice';
import type { OptionsOf, OptionSpec } from '../../option-spec';
import { roundOptions } from '../rounds/round-options';
import { mostNeighbors, patternOf } from './sparsity-pattern';

export const pruneWeightsOptionSpecs = {
  amount: {
    kind: 'number',
    label: 'Amount',
    explanation:
      'The share of weights to set to zero, including existing zeros. Small convolutional models lose accuracy at half: train in rounds, or fine-tune.',
    default: 0.5,
    minimum: 0,
    maximum: 1,
    step: 0.05,
    isShare: true,
  },
  method: {
    kind: 'choice',
    label: 'Method',
    explanation: 'The criterion that ranks weights.',
    default: 'magnitude',
    choices: [
      { value: 'magnitude', label: 'Magnitude', explanation: 'Smallest weights first.' },
      {
        value: 'sparsegpt',
        label: 'SparseGPT',
        explanation:
          'Weights first that the others can best replace on the data; the others are then adjusted. Slower and better.',
      },
    ],
  },
  pattern: {
    kind: 'choice',
    label: 'Pattern',
    explanation: 'The pattern of zeros.',
    default: 'unstructured',
    choices: [
      { value: 'unstructured', label: 'Anywhere', explanation: 'Anywhere.' },
      {
        value: '2:4',
        label: '2 of 4',
        explanation: 'Two of four neighboring inputs stay, as NVIDIA’s sparse cores need. The amount is ignored.',
      },
      {
        value: '4:8',
        label: '4 of 8',
        explanation:
          'Four of eight neighboring inputs stay: closer to the original than 2 of 4, but no hardware skips them.',
      },
    ],
    others: {
      form: `N:M (N of M neighboring inputs stay, N below M, M at most ${mostNeighbors})`,
      isOne: (text) => patternOf(text) !== undefined,
    },
  },
  scope: {
    kind: 'choice',
    label: 'Scope',
    explanation: 'One ranking for all weights, or the same share for each (magnitude, unstructured).',
    default: 'per-tensor',
    choices: [
      { value: 'per-tensor', label: 'Per tensor', explanation: 'Every weight loses the same share of its elements.' },
      {
        value: 'global',
        label: 'Global',
        explanation: 'One threshold over all weights: layers with small numbers lose more.',
      },
    ],
  },
  ...roundOptions,
  include: { ...takenNodes, explanation: 'Nodes to prune. Empty: all.' },
  exclude: { ...leftNodes, explanation: 'Nodes whose weights stay unchanged.' },
} as const satisfies Record<string, OptionSpec>;

export type PruneWeightsOptions = OptionsOf<typeof pruneWeightsOptionSpecs>;
