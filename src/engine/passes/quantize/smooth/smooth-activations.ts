import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { smoothActivationsOptionSpecs } from './smooth-activations-options';

export const smoothActivations = definePass({
  id: 'smooth-activations',
  options: smoothActivationsOptionSpecs,
  calibrates: true,
  isPreparation: true,
  orderProblem: afterNoQuantizer(
    () => 'smooth-activations comes after a pass that already quantized the model. Put it first.',
  ),
  run: async (...given) => (await import('./run-smooth-activations')).runSmoothActivations(...given),
  presentation: {
    title: 'Smooth activations',
    summary: 'Moves outliers from activations into weights (SmoothQuant). Outputs stay identical, and int8 loses less.',
    name: () => 'smoothed',
  },
});
