import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { staticOperators, staticOptionSpecs, type StaticOptions } from './static-options';

export const quantizeStatic = definePass({
  id: 'quantize-static',
  options: staticOptionSpecs,
  calibrates: true,
  losesPrecision: true,
  orderProblem: afterNoQuantizer(
    () => 'quantize-static comes after a pass that already quantized the model. Keep one of them.',
  ),
  sketch: async (...given) => (await import('./run-quantize-static')).sketchQuantizeStatic(...given),
  isSketchRough: true,
  run: async (...given) => (await import('./run-quantize-static')).runQuantizeStatic(...given),
  presentation: {
    title: 'Quantize to int8 (static)',
    summary: '8-bit weights and activations, with ranges from your data: down to 1/4 of the size, integer arithmetic.',
    name: ({ calibrator, target, activationType, biasCorrection, closeness, opTypes }) => {
      const runtime = target === 'onnxruntime' ? '' : `, for ${targets[target]}`;
      const isWide = activationType.endsWith('16');
      const plain = !biasCorrection && closeness === 0 ? ', uncorrected' : '';
      const fewer = opTypes.length < staticOperators.length ? ', fewer operators' : '';
      return `int8${isWide ? '/int16' : ''} (static${names[calibrator]}${plain}${fewer}${runtime})`;
    },
    fileSuffix: 'quantized',
    insteadTry: ({ calibrator, biasCorrection }) =>
      calibrator === 'minmax' && biasCorrection
        ? 'weight-only quantization (quantize-weights), or quantization-aware training (quantize-aware-training, 8 bits)'
        : 'the default range and bias correction',
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
