import { roundHalfEven } from '../../../round-half-even';
import type { OptionsOf, OptionSpec } from '../../option-spec';
import { definePass, type OrderedStep } from '../../pass';
import { roundOptions } from '../rounds/round-options';
import { mostNeighbours, patternOf } from './sparsity-pattern';

const options = {
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
        value: 'wanda',
        label: 'Wanda',
        explanation:
          'The weights that add least on the data: magnitude times the size of what they are multiplied with.',
      },
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
  embeddings: {
    kind: 'boolean',
    label: 'Embeddings',
    explanation:
      'Prune embedding tables (Gather) too: their small numbers often mark rare entries, so quality may drop.',
    default: false,
    advanced: true,
  },
  depthwise: {
    kind: 'boolean',
    label: 'Depthwise filters',
    explanation:
      'Prune the filters of depthwise convolutions too: they are few numbers that each see one channel, so zeros there save little and cost most.',
    default: false,
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type PruneWeightsOptions = OptionsOf<typeof options>;

export const pruneWeights = definePass({
  id: 'prune-weights',
  title: 'Prune small weights',
  summary:
    'Sets the smallest weights to zero: same file size and same speed in a dense runtime, smaller once compressed for download.',
  options,
  calibrates: ({ method, rounds }) => method !== 'magnitude' || rounds > 1,
  trains: ({ rounds }) => rounds > 1,
  script: async (chosen) => (await import('./prune-script')).scriptOfPruning(chosen),
  run: async (...given) => (await import('./run-prune-weights')).runPruneWeights(...given),
  fileSuffix: 'pruned',
  name: ({ amount, pattern, rounds }) =>
    `Prune ${pattern === 'unstructured' ? `${roundHalfEven(amount * 1000) / 10} %` : pattern}${rounds > 1 ? ` in ${rounds} rounds` : ''}`,
  insteadTry: () => 'a smaller share, or fine-tune after it',
  orderProblem,
});

/** Zeros of an earlier step count towards the amount of a later one. */
function orderProblem(earlier: readonly OrderedStep[], { include }: PruneWeightsOptions): string | undefined {
  const meets = ({ options: other }: OrderedStep): boolean => {
    const theirs = Array.isArray(other['include']) ? (other['include'] as readonly string[]) : [];
    return include.length === 0 || theirs.length === 0 || include.some((name) => theirs.includes(name));
  };
  if (!earlier.some((step) => step.pass === 'prune-weights' && meets(step))) return undefined;
  return 'prune-weights stands in the recipe twice for the same nodes: zeros of the first count towards the amount of the second, so only the larger amount would matter. Keep one, or give each its own nodes with “include”.';
}
