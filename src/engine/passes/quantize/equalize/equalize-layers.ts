import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { leftNodes } from '../node-choice';

export const equalizeLayers = definePass({
  id: 'equalize-layers',
  options: { exclude: leftNodes },
  isPreparation: true,
  orderProblem: afterNoQuantizer(
    () => 'equalize-layers comes after a pass that already quantized the model. Put it first.',
  ),
  run: async (...given) => (await import('./run-equalize-layers')).runEqualizeLayers(...given),
  presentation: {
    title: 'Equalize layers',
    summary:
      'Moves scale factors between neighboring layers until their channels have similar ranges. Outputs stay identical, and int8 with one scale per tensor loses less.',
    name: () => 'equalized',
  },
});
