import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { trainingOptions } from '../training-options';

export const fineTune = definePass({
  id: 'fine-tune',
  options: trainingOptions,
  calibrates: true,
  trains: ({ loss }) => loss !== 'labels',
  // Integers have no gradient.
  orderProblem: afterNoQuantizer(
    (quantizer) =>
      `fine-tune comes after ${quantizer}, which replaces weights by integers that cannot be trained. Put it first.`,
  ),
  // Only the values of weights change.
  sketch: (model) => Promise.resolve(model),
  run: async (...given) => (await import('./run-fine-tune')).runFineTune(...given),
  presentation: {
    title: 'Fine-tune',
    summary: 'Trains the weights on your samples to match the original better. Size and speed stay the same.',
    name: () => 'fine-tuned',
    fileSuffix: 'tuned',
  },
});
