import { definePass, type OrderedStep } from '../../pass';
import { trainingOptions } from '../training-options';

export const fineTune = definePass({
  id: 'fine-tune',
  options: trainingOptions,
  calibrates: true,
  trains: ({ loss }) => loss !== 'labels',
  orderProblem,
  run: async (...given) => (await import('./run-fine-tune')).runFineTune(...given),
  presentation: {
    title: 'Fine-tune',
    summary: 'Trains the weights on your samples until it answers more like the original: same size and speed.',
    name: () => 'Fine-tuned',
    fileSuffix: 'tuned',
  },
});

/** Integers have no gradient. */
function orderProblem(earlier: readonly OrderedStep[]): string | undefined {
  const before = earlier.find(({ pass }) => pass.startsWith('quantize-'));
  if (before === undefined) return undefined;
  return `fine-tune stands after ${before.pass}, which turns weights into integers that cannot be trained. Put it before.`;
}
