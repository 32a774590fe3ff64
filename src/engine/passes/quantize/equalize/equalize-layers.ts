import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { leftNodes } from '../node-choice';

export const equalizeLayers = definePass({
  id: 'equalize-layers',
  options: { exclude: leftNodes },
  isPreparation: true,
  orderProblem: afterNoQuantizer(
    () => 'equalize-layers stands after a pass that has already quantized the model. Put it before.',
  ),
  run: async (...given) => (await import('./run-equalize-layers')).runEqualizeLayers(...given),
  presentation: {
    title: 'Equalize layers',
    summary:
      'Moves factors between neighbouring layers until their channels span alike: no other answers, and less lost to integers with one scale.',
    name: () => 'equalized',
  },
});
