import { definePass, type OrderedStep } from '../../pass';
import { quantizeAwareTrainingOptionSpecs } from './quantize-aware-options';

export const quantizeAwareTraining = definePass({
  id: 'quantize-aware-training',
  options: quantizeAwareTrainingOptionSpecs,
  calibrates: true,
  trains: ({ loss }) => loss !== 'labels',
  losesPrecision: true,
  orderProblem,
  run: async (...given) => (await import('./run-quantize-aware-training')).runQuantizeAwareTraining(...given),
  presentation: {
    title: 'Quantize with training',
    summary:
      'Stores convolutions and dense layers in 4 or 8 bits, and trains them on your samples to answer as before.',
    name: ({ weightType, form }) =>
      `${weightType === 'int4' ? '4' : '8'}-bit weights${form === 'static' ? ', integer arithmetic' : ''}, trained`,
    fileSuffix: 'quantized',
    insteadTry: ({ weightType }) => (weightType === 'int4' ? '8 bits, or more steps' : 'more steps, or more samples'),
  },
});

function orderProblem(earlier: readonly OrderedStep[]): string | undefined {
  const before = earlier.find(({ pass }) => pass.startsWith('quantize-'));
  if (before === undefined) return undefined;
  return `quantize-aware-training stands after ${before.pass}, which quantizes the model already. Keep one of them.`;
}
