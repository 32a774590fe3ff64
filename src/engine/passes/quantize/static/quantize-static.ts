import { definePass } from '../../pass';
import { staticOptionSpecs, type StaticOptions } from './static-options';

export const quantizeStatic = definePass({
  id: 'quantize-static',
  title: 'Quantize to 8 bits (static)',
  summary:
    'Weights and activations as 8-bit integers, with ranges from your data: up to a quarter of the size, integer arithmetic.',
  options: staticOptionSpecs,
  calibrates: true,
  run: async (...given) => (await import('./run-quantize-static')).runQuantizeStatic(...given),
  fileSuffix: 'quantized',
  name: ({ calibrator }) => names[calibrator],
  insteadTry: ({ calibrator, biasCorrection }) =>
    calibrator === 'minmax' && biasCorrection
      ? 'integers for weights alone (quantize-weights), or quantize with training (quantize-aware-training, 8 bits)'
      : 'the usual range and corrected biases',
  orderProblem: (earlier) =>
    earlier.some(({ pass }) => pass.startsWith('quantize-'))
      ? 'quantize-static stands after a pass that has already quantized the model. Keep one of them.'
      : undefined,
});

const names: Readonly<Record<StaticOptions['calibrator'], string>> = {
  minmax: 'INT8 static',
  mse: 'INT8 static, least error',
  entropy: 'INT8 static, entropy',
  percentile: 'INT8 static, percentile',
  'moving-average': 'INT8 static, mean of samples',
};
