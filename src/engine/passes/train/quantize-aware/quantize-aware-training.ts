import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { quantizeAwareTrainingOptionSpecs } from './quantize-aware-options';

export const quantizeAwareTraining = definePass({
  id: 'quantize-aware-training',
  options: quantizeAwareTrainingOptionSpecs,
  calibrates: true,
  trains: ({ loss }) => loss !== 'labels',
  losesPrecision: true,
  orderProblem: afterNoQuantizer(
    (quantizer) =>
      `quantize-aware-training comes after ${quantizer}, which already quantizes the model. Keep one of them.`,
  ),
  sketch: async (...given) => (await import('./run-quantize-aware-training')).sketchQuantizeAwareTraining(...given),
  isSketchRough: true,
  run: async (...given) => (await import('./run-quantize-aware-training')).runQuantizeAwareTraining(...given),
  presentation: {
    title: 'Quantization-aware training',
    summary:
      'Stores convolutions and dense layers in 4 or 8 bits, and trains them on your samples to match the original.',
    name: ({ weightType, form }) =>
      `${weightType === 'int4' ? '4' : '8'}-bit weights${form === 'static' ? ', int8 activations' : ''} (quantization-aware)`,
    fileSuffix: 'quantized',
    insteadTry: ({ weightType }) => (weightType === 'int4' ? '8 bits, or more steps' : 'more steps, or more samples'),
  },
});
