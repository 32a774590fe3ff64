import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { smoothActivationsOptionSpecs } from './smooth-activations-options';

export const smoothActivations = definePass({
  id: 'smooth-activations',
  options: smoothActivationsOptionSpecs,
  calibrates: true,
  isPreparation: true,
  orderProblem: afterNoQuantizer(
    () => 'smooth-activations stands after a pass that has already quantized the model. Put it before.',
  ),
  run: async (...given) => (await import('./run-smooth-activations')).runSmoothActivations(...given),
  presentation: {
    title: 'Smooth activations',
    summary:
      'Moves what a few channels of activations have too much of into the weights of products: no other answers, and less lost to rounding.',
    name: () => 'smoothed',
  },
});
