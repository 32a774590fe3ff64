import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { staticOptionSpecs, type StaticOptions } from './static-options';

export const quantizeStatic = definePass({
  id: 'quantize-static',
  options: staticOptionSpecs,
  calibrates: true,
  losesPrecision: true,
  orderProblem: afterNoQuantizer(
    () => 'quantize-static stands after a pass that has already quantized the model. Keep one of them.',
  ),
  run: async (...given) => (await import('./run-quantize-static')).runQuantizeStatic(...given),
  presentation: {
    title: 'Compute in integers, with ranges from data',
    summary:
      'Weights and activations as 8-bit integers, with ranges from your data: up to a quarter of the size, integer arithmetic.',
    name: ({ calibrator, target, activationType }) => {
      const runtime = target === 'onnxruntime' ? '' : ` for ${targets[target]}`;
      const isWide = activationType.endsWith('16');
      return `${isWide ? '16-bit integer' : 'Integer'} arithmetic, ranges from data${names[calibrator]}${runtime}`;
    },
    fileSuffix: 'quantized',
    insteadTry: ({ calibrator, biasCorrection }) =>
      calibrator === 'minmax' && biasCorrection
        ? 'integers for weights alone (quantize-weights), or quantize with training (quantize-aware-training, 8 bits)'
        : 'the usual range and corrected biases',
    script: async (options) => (await import('./static-script')).scriptOfStatic(options),
  },
});

const names: Readonly<Record<StaticOptions['calibrator'], string>> = {
  minmax: '',
  entropy: ', entropy',
  percentile: ', percentile',
  'moving-average': ', mean of samples',
};

const targets: Readonly<Record<StaticOptions['target'], string>> = {
  onnxruntime: 'ONNX Runtime',
  tensorrt: 'TensorRT',
  openvino: 'OpenVINO',
  webnn: 'WebNN',
};
