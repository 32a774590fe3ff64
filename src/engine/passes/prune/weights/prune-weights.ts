import { roundHalfEven } from '../../../round-half-even';
import { definePass, type OrderedStep } from '../../pass';
import { pruneWeightsOptionSpecs, type PruneWeightsOptions } from './prune-weights-options';

export const pruneWeights = definePass({
  id: 'prune-weights',
  options: pruneWeightsOptionSpecs,
  calibrates: ({ method, rounds }) => method !== 'magnitude' || rounds > 1,
  trains: ({ rounds }) => rounds > 1,
  losesPrecision: true,
  orderProblem,
  // Zeros take as many bytes as other values.
  sketch: (model) => Promise.resolve(model),
  run: async (...given) => (await import('./run-prune-weights')).runPruneWeights(...given),
  presentation: {
    title: 'Prune weights',
    summary: 'Sets the smallest weights to zero. File size and speed stay the same; the compressed download shrinks.',
    name: ({ amount, pattern, rounds }) =>
      `${pattern === 'unstructured' ? `${roundHalfEven(amount * 1000) / 10} % zeros` : `${pattern} sparsity`}${rounds > 1 ? ` (${rounds} rounds)` : ''}`,
    fileSuffix: 'pruned',
    insteadTry: () => 'a smaller share, or fine-tune after it',
    script: async (chosen) => (await import('./prune-script')).scriptOfPruning(chosen),
  },
});

/** Zeros of an earlier step count towards the amount of a later one. */
function orderProblem(earlier: readonly OrderedStep[], { include }: PruneWeightsOptions): string | undefined {
  const meets = ({ options: other }: OrderedStep): boolean => {
    const theirs = Array.isArray(other['include']) ? (other['include'] as readonly string[]) : [];
    return include.length === 0 || theirs.length === 0 || include.some((name) => theirs.includes(name));
  };
  if (!earlier.some((step) => step.pass === 'prune-weights' && meets(step))) return undefined;
  return 'prune-weights is in the recipe twice for the same nodes, so only the larger amount would count. Keep one, or give each its own nodes with “include”.';
}
