import type { OptionsOf, OptionSpec } from '../../option-spec';
import { roundOptions } from '../rounds/round-options';
import { mostNeighbours, patternOf } from './sparsity-pattern';

export const pruneWeightsOptionSpecs = {
  amount: {
    kind: 'number',
    label: 'Amount',
    explanation:
      'The share of weights to set to zero; zeros that are there already count. Small convolutional models lose points at half, unless they are trained: in rounds, or after it.',
    default: 0.5,
    minimum: 0,
    maximum: 1,
    step: 0.05,
    isShare: true,
  },
  method: {
    kind: 'choice',
    label: 'Method',
    explanation: 'Which weights go first.',
    default: 'magnitude',
    choices: [
      { value: 'magnitude', label: 'Magnitude', explanation: 'The smallest weights.' },
      {
        value: 'sparsegpt',
        label: 'SparseGPT',
        explanation:
          'The weights that the others can best make up for on the data, which they then do. Slower, and better.',
      },
    ],
  },
  pattern: {
    kind: 'choice',
    label: 'Pattern',
    explanation: 'Where zeros may be.',
    default: 'unstructured',
    choices: [
      { value: 'unstructured', label: 'Anywhere', explanation: 'Wherever the method puts them.' },
      {
        value: '2:4',
        label: '2 of 4',
        explanation: 'Two of four neighbouring inputs stay, as NVIDIA’s sparse cores need; the amount does not matter.',
      },
      {
        value: '4:8',
        label: '4 of 8',
        explanation:
          'Four of eight neighbouring inputs stay: nearer to the original than 2 of 4, and nothing skips them.',
      },
    ],
    others: {
      form: `N:M (N of M neighbouring inputs stay, N below M, M at most ${mostNeighbours})`,
      isOne: (text) => patternOf(text) !== undefined,
    },
  },
  scope: {
    kind: 'choice',
    label: 'Scope',
    explanation: 'Whether every weight loses the same share, or all of them are ranked together (magnitude, anywhere).',
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
  include: {
    kind: 'list',
    label: 'Only these nodes',
    explanation: 'Names of nodes to prune; empty means all.',
    default: [],
    advanced: true,
  },
  exclude: {
    kind: 'list',
    label: 'Not these nodes',
    explanation: 'Names of nodes whose weights stay as they are.',
    default: [],
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type PruneWeightsOptions = OptionsOf<typeof pruneWeightsOptionSpecs>;
